"""Projection by gradients: the latent of a picture, and a generator tuned for it."""
