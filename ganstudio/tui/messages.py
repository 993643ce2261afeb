"""What the poller posts. A message that waits is replaced by a newer one of its kind: screens see only the newest."""

from __future__ import annotations

from textual.message import Message

from ganstudio.tui.snapshots import Machine, OneRun, Runs


class _Newest(Message):
    def can_replace(self, message: Message) -> bool:
        return isinstance(message, type(self))


class RunsRead(_Newest):
    def __init__(self, runs: Runs) -> None:
        super().__init__()
        self.runs = runs


class RunRead(_Newest):
    def __init__(self, run: OneRun) -> None:
        super().__init__()
        self.run = run


class LookFailed(Message):
    """A look that went wrong; the next one is taken all the same."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class MachineRead(_Newest):
    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine
