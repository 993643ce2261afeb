"""Waits for a run's devices: a process that becomes the run's worker once they are free.

    python -m ganstudio.runs.queue.waiting RUN COMMAND...

It has the pid, the log and the ticket that the worker will have, and none of torch. Whoever wants it gone meanwhile
asks as they would ask the worker: a `stop` request, or SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from ganstudio import bridge
from ganstudio.runs import process, requests, state
from ganstudio.runs.queue import devices, tickets
from ganstudio.runs.record import NAME, load_record

POLL_S = 0.5
PROGRAMS_S = 5.0  # between two looks at what other programs do on the run's GPUs


class QueueWait:
    """Waits for the devices of one run, and writes to its metrics.jsonl which runs come first."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.terminated = False
        self._names_written = state.current(run)[0].ahead
        signal.signal(signal.SIGTERM, self._terminate)

    def wait(self) -> bool:
        """Whether the run's turn has come; False where somebody asked it to stop."""
        while True:
            stamp = tickets.change_stamp()
            ahead = tickets.ahead(self.run)
            if self._stop_requested():
                return False
            names = tuple(ticket.run.name for ticket in ahead) or tickets.programs(self.run)
            self._write_names(names)
            if not names:
                # From here to the worker's first line a SIGTERM ends the process: noted down, it would be lost by exec.
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                return not self.terminated
            # The whole line is read when it changes. Until then each waits for the one in front of it alone, and a
            # line of a hundred costs each of its members as little as a line of two.
            looked = time.monotonic()
            while tickets.change_stamp() == stamp and (
                ahead[-1].alive if ahead else time.monotonic() - looked < PROGRAMS_S
            ):
                if self._stop_requested():
                    return False
                process.heartbeat(self.run)
                time.sleep(POLL_S)

    def stop(self) -> None:
        """Ends the run as stopped; nothing of it is lost."""
        process.write_event(self.run, "finished", reason="stop")
        requests.clear(self.run)
        tickets.leave(self.run)

    def _stop_requested(self) -> bool:
        return self.terminated or requests.pending(self.run, "stop")

    def _write_names(self, names: tuple[str, ...]) -> None:
        if names != self._names_written:
            self._names_written = names
            process.write_event(self.run, "queued", ahead=list(names))

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self.terminated = True


def main(run: Path, command: list[str]) -> None:
    waiting = QueueWait(run)
    record = load_record(run / NAME)
    if not tickets.hand_over(run):
        # The front end was killed before it could name us, and its ticket was swept.
        tickets.take(run, devices.devices_used(record.device, record.processes), "queue")
    if not waiting.wait():
        waiting.stop()
        return
    # The same process from here on: pid, start time and ticket stay what they are.
    os.execve(command[0], command, bridge.environment())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
