"""The dashboard: it reads the files that runs write, and acts by the commands that a person would type.

`poller` looks from a thread of its own and posts frozen `snapshots`; a screen has one reactive, which holds the newest.
Nothing here trains: closing the dashboard never touches a run.
"""
