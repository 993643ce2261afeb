"""Differentiable augmentation of what a critic sees, and the probability that it is applied."""
