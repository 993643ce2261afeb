"""Settings that stand in files or in the environment: which there are, where each may stand, and what holds now."""
