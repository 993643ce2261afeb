"""What a training is told of itself while it trains: distances, and how far a translation is from its input."""
