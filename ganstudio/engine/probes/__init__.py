"""What a training looks at beside its losses, at every look: diversity, drift, what labels and translations change."""
