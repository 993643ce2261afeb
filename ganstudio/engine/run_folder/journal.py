"""The run folder as its worker writes it: events, the summary that lists read, requests and signals that come in."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

from ganstudio.errors import StudioError
from ganstudio.runs import log, requests
from ganstudio.runs.events import EventWriter
from ganstudio.runs.requests import Request
from ganstudio.runs.state import current, fold, write_summary

SUMMARY_S = 5.0  # at most, between two summaries of a run that ticks


def pass_on(run: Path) -> None:
    """What a process beside the leading one does with SIGTERM: it asks the leader, who stops all of them."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        requests.post(run, "stop")

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Journal:
    """Writes events with the run's accumulated seconds and keeps summary.json up to date."""

    def __init__(self, run: Path, seconds: float = 0.0) -> None:
        self.run = run
        self.state, _ = current(run)
        self.writer = EventWriter(run / "metrics.jsonl")
        self.resume_clock(seconds)
        self.terminated = False
        self._summed = 0.0

    def resume_clock(self, seconds: float) -> None:
        """Goes on counting from `seconds`, which a checkpoint kept."""
        self._before, self._began = seconds, time.monotonic()
        self._held = False

    def hold_clock(self) -> None:
        """Seconds stand still until `resume_clock`."""
        self._before, self._held = self.seconds, True

    @property
    def seconds(self) -> float:
        return self._before if self._held else self._before + time.monotonic() - self._began

    def write(self, event: str, nimg: int, **fields: Any) -> None:
        """Tells an event. The summary of a tick may wait: whoever reads it folds the few ticks that it lacks."""
        written = self.writer.write(event, nimg, self.seconds, **fields)
        self.state = fold(self.state, written)
        if (line := log.log_line(written)) is not None:
            print(line, flush=True)
        if event != "tick" or time.monotonic() - self._summed > SUMMARY_S:
            write_summary(self.run, self.state, self.writer.offset)
            self._summed = time.monotonic()

    def finished(self, nimg: int, reason: str, words: str) -> None:
        self.write("finished", nimg, reason=reason, words=words)
        requests.clear(self.run)

    def failed(self, nimg: int, error: StudioError, **fields: Any) -> None:
        self.write("failed", nimg, error=error.as_json(), **fields)

    def listen(self) -> None:
        """From now on SIGTERM asks for a checkpoint and an orderly end; Ctrl-C is the front end's business."""

        def terminate(_number: int, _frame: FrameType | None) -> None:
            self.terminated = True

        signal.signal(signal.SIGTERM, terminate)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def asked(self) -> tuple[bool, list[Request]]:
        """Whether a request or a signal asks to stop, and every other request, oldest first.

        A stop stays on file, so that the run reads as stopping, until it has; the others until they are `done`.
        """
        found = requests.poll(self.run)
        stop = self.terminated or any(request["kind"] == "stop" for request in found)
        return stop, [request for request in found if request["kind"] != "stop"]

    def done(self, request: Request) -> None:
        requests.remove(request)
