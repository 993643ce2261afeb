"""Watches runs from a process of its own, and tells of their end: a command that is run, a webhook that is called."""
