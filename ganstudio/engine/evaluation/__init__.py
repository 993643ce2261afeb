"""Scores: feature networks and distances."""
