"""The models that are served: which there are, and what is done with one that is loaded."""
