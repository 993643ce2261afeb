"""Scores that a training measures of itself: which, when it may, and of what."""
