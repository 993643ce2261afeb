"""The widget for commands in the background: a line each, with its progress, or for how long it has been running."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from ganstudio.commands import Outcome, RunningCommand
from ganstudio.tui.program import Program
from ganstudio.units import format_seconds

_BAR = 20


@dataclass
class Job:
    """A command in the background. `since` is of time.monotonic; `total` is 0 until the command reports it."""

    label: str
    since: float
    done: int = 0
    total: int = 0
    running: RunningCommand | None = None
    cancelled: bool = False

    def line(self, now: float, width: int) -> Content:
        """Returns the line of the job: what it does, its progress, the time."""
        spent = format_seconds(max(0.0, now - self.since))
        stops = "stopping ..." if self.cancelled else "esc stops it"
        far = f"{self.done:,}/{self.total:,}  {spent}" if self.total else f"({spent})"
        end = f"{far}  {stops}"
        bar = ""
        if self.total and width > 70:
            full = round(_BAR * min(1.0, self.done / self.total))
            bar = "━" * full + "─" * (_BAR - full) + " "
        room = max(4, width - len(end) - len(bar) - 4)
        label = self.label if len(self.label) <= room else f"{self.label[: room - 1]}…"
        return Content.assemble(f"{label} ", Content.styled(bar, "$accent"), Content.styled(end, "$faint"))


class Jobs(Static):
    """Shows the jobs; takes no room while there is none."""

    DEFAULT_CSS = "Jobs { height: auto; max-height: 3; padding: 0 1; background: $panel; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="jobs")
        self.jobs: list[Job] = []

    def on_mount(self) -> None:
        self.set_interval(1.0, self._draw)

    def start_job(
        self, dashboard: Program, label: str, arguments: Sequence[str], ended: Callable[[Outcome, bool], None]
    ) -> None:
        """Starts a command; `ended` is called with its outcome, and whether it was cancelled here."""
        job = Job(label, time.monotonic())

        def progress(what: str, done: int, total: int) -> None:
            job.label, job.done, job.total = what, done, total
            self._draw()

        def on_end(outcome: Outcome) -> None:
            self.jobs.remove(job)
            self._draw()
            ended(outcome, job.cancelled)

        self.jobs.append(job)
        job.running = dashboard.launch(arguments, on_end, progress)
        self._draw()

    def cancel(self) -> None:
        """Stops the job that was started last."""
        job = next((job for job in reversed(self.jobs) if not job.cancelled), None)
        if job is not None:
            job.cancelled = True
            if job.running is not None:
                job.running.cancel()
        self._draw()

    def _draw(self) -> None:
        if bool(self.jobs) != bool(self.display):
            self.display = bool(self.jobs)
        if self.jobs:
            width = self.app.size.width
            self.update(Content("\n").join(job.line(time.monotonic(), width) for job in self.jobs[-3:]))
