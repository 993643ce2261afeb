"""The dashboard: it reads the files that runs write, and acts by the commands that a person would type.

A reader (`run_readers`, `machine`) makes a frozen snapshot (`snapshots`) from files. The thread of the `poller` calls
the readers and posts each new snapshot in a message (`messages`). The app (`app`) hands it to the screen that is shown,
whose reactive `snapshot` holds the newest. Nothing here trains: closing the dashboard never touches a run.
"""
