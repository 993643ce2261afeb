"""The poller: a thread that reads all runs, the open run and the machine again and again, and posts what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from ganstudio.tui.error_text import error_text
from ganstudio.tui.messages import MachineChanged, OpenRunChanged, ReadFailed, RunsChanged
from ganstudio.tui.run_readers import RunReader, RunsReader
from ganstudio.tui.snapshots import MachineSnapshot, RunsSnapshot
from ganstudio.workspace import Workspace

POLL_S = 1.0
CATCH_UP_S = 0.02  # between two turns while there is something to catch up with: the screen's thread goes first
MACHINE_S = 2.0

ReadMachine = Callable[[], MachineSnapshot]


class Poller(threading.Thread):
    """Posts a message for each snapshot that changed. `open_run` chooses the run whose curves are read.

    `open_machine_reader` is called in this thread, since a driver may take long to open.
    """

    def __init__(
        self,
        workspace: Workspace,
        post: Callable[[Message], object],
        open_machine_reader: Callable[[], ReadMachine],
    ) -> None:
        super().__init__(name="poller", daemon=True)
        self._post = post
        self._runs = RunsReader(workspace)
        self._open_machine_reader = open_machine_reader
        self._read_machine: ReadMachine | None = None
        self._machine_at = -MACHINE_S
        self._newest_runs = RunsSnapshot()
        self._open: RunReader | None = None
        self._wake_event = threading.Event()
        self._stopped = False
        self._posted_failures: set[str] = set()
        self.catching_up = True  # whether files are left to be read

    def open_run(self, path: Path | None) -> None:
        if path is None:
            self._open = None
        elif self._open is None or self._open.path != path:
            self._open = RunReader(path)
        self.wake()

    def wake(self) -> None:
        """Makes the next turn begin at once."""
        self._wake_event.set()

    def stop(self) -> None:
        self._stopped = True
        self.wake()

    def run(self) -> None:
        while not self._stopped:
            self.catching_up = self.poll_once()
            self._wake_event.wait(CATCH_UP_S if self.catching_up else POLL_S)
            self._wake_event.clear()

    def _post_failure(self, why: str) -> None:
        """Posts ReadFailed, once for each text."""
        if why not in self._posted_failures:
            self._posted_failures.add(why)
            self._post(ReadFailed(why))

    def poll_once(self) -> bool:
        """Reads everything once. Returns whether files are left to be read, so that the next turn should come soon."""
        polls = (self._poll_runs, self._poll_open_run, self._poll_machine)
        unfinished = [self._poll_safely(poll) for poll in polls]  # each of them, whatever the one before returns
        return any(unfinished)

    def _poll_safely(self, poll: Callable[[], bool]) -> bool:
        """Returns what `poll` returns; False where it fails: that is posted, and the thread goes on."""
        try:
            return poll()
        except Exception as error:
            self._post_failure(error_text(error))
            return False

    def _poll_runs(self) -> bool:
        if (runs := self._runs.read()) is not None:
            self._newest_runs = runs
            self._post(RunsChanged(runs))
        return bool(self._runs.undiagnosed)

    def _poll_open_run(self) -> bool:
        opened = self._open
        row = self._newest_runs.find(opened.path.name) if opened is not None else None
        if opened is not None and row is not None and (run := opened.read(row)) is not None:
            self._post(OpenRunChanged(run))
        return opened is not None and opened.catching_up

    def _poll_machine(self) -> bool:
        if time.monotonic() - self._machine_at >= MACHINE_S:
            self._machine_at = time.monotonic()
            self._read_machine = self._read_machine or self._open_machine_reader()
            self._post(MachineChanged(self._read_machine()))
        return False
