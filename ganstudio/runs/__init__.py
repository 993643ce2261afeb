"""What a run is on disk: its record, its events and what they add up to, its process, what was asked of it."""
