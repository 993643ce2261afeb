"""The thread that looks: at all runs, at the one that is open, at the machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from ganstudio.tui.error_text import said
from ganstudio.tui.messages import LookFailed, MachineRead, RunRead, RunsRead
from ganstudio.tui.reading import RunReader, RunsReader
from ganstudio.tui.snapshots import Machine, Runs
from ganstudio.workspace import Workspace

LOOK_S = 1.0
BEHIND_S = 0.02  # between two turns while there is something to catch up with: the screen's thread goes first
MACHINE_S = 2.0

Look = Callable[[], Machine]


class Poller(threading.Thread):
    """Posts what has changed. `open_run` chooses the run whose curves are read; `wake` looks at once."""

    def __init__(self, workspace: Workspace, post: Callable[[Message], object], looks: Callable[[], Look]) -> None:
        super().__init__(name="poller", daemon=True)
        self._post = post
        self._runs = RunsReader(workspace)
        self._looks = looks
        self._look: Look | None = None
        self._machine_at = -MACHINE_S
        self._newest = Runs()
        self._open: RunReader | None = None
        self._woken = threading.Event()
        self._over = False
        self._failed: set[str] = set()
        self.behind = True  # whether something is left to read

    def open_run(self, path: Path | None) -> None:
        if path is None:
            self._open = None
        elif self._open is None or self._open.path != path:
            self._open = RunReader(path)
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._over = True
        self.wake()

    def run(self) -> None:
        while not self._over:
            self.behind = self.turn()
            self._woken.wait(BEHIND_S if self.behind else LOOK_S)
            self._woken.clear()

    def _fail(self, why: str) -> None:
        if why not in self._failed:
            self._failed.add(why)
            self._post(LookFailed(why))

    def turn(self) -> bool:
        """One look at everything; whether something is left to catch up with."""
        looks = (self._look_at_runs, self._look_at_one, self._look_at_machine)
        behind = [self._look_safely(look) for look in looks]  # each of them, whatever the one before says
        return any(behind)

    def _look_safely(self, look: Callable[[], bool]) -> bool:
        """What a look says. One that fails takes neither the others along nor the thread, and is told of."""
        try:
            return look()
        except Exception as error:
            self._fail(said(error))
            return False

    def _look_at_runs(self) -> bool:
        if (runs := self._runs.look()) is not None:
            self._newest = runs
            self._post(RunsRead(runs))
        return bool(self._runs.behind)

    def _look_at_one(self) -> bool:
        opened = self._open
        row = self._newest.of(opened.path.name) if opened is not None else None
        if opened is not None and row is not None and (one := opened.look(row)) is not None:
            self._post(RunRead(one))
        return opened is not None and opened.behind

    def _look_at_machine(self) -> bool:
        if time.monotonic() - self._machine_at >= MACHINE_S:
            self._machine_at = time.monotonic()
            self._look = self._look or self._looks()
            self._post(MachineRead(self._look()))
        return False
