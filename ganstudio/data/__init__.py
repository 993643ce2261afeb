"""Packed data sets: made from folders of images or known by name, stored once, memory-mapped by every training."""
