"""The messages that the poller's thread posts to the dashboard: each carries one snapshot, or why reading failed.

A message in the queue is replaced by a newer one of its class, so that a slow screen handles only the newest.
"""

from __future__ import annotations

from textual.message import Message

from ganstudio.tui.snapshots import MachineSnapshot, RunSnapshot, RunsSnapshot


class _ReplacesOlder(Message):
    """A message that takes the place of one of its class that waits in the queue."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, type(self))


class RunsChanged(_ReplacesOlder):
    """Some run, or the list of runs, is not as it was: the new RunsSnapshot."""

    def __init__(self, runs: RunsSnapshot) -> None:
        super().__init__()
        self.runs = runs


class OpenRunChanged(_ReplacesOlder):
    """The run that the screen Run shows is not as it was: its new RunSnapshot."""

    def __init__(self, run: RunSnapshot) -> None:
        super().__init__()
        self.run = run


class ReadFailed(Message):
    """Reading failed with `why`; the poller goes on, and reads again at its next turn."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class MachineChanged(_ReplacesOlder):
    """The load of the machine was measured: the new MachineSnapshot."""

    def __init__(self, machine: MachineSnapshot) -> None:
        super().__init__()
        self.machine = machine
