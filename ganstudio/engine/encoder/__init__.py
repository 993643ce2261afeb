"""The inverse of a generator: its network, its training, its proof."""
