"""What is shown of a run while it is followed, and the plain form of it: a line now and then."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType

from ganstudio.cli.output import note
from ganstudio.cli.runs.run_json import findings_of
from ganstudio.report.runs import critic_facts, remaining_s, skipped_score, speed, trained, waiting, whole_length
from ganstudio.runs.store import RunView
from ganstudio.units import format_number, format_seconds

LINE_S = 10.0


class Display(AbstractContextManager["Display"]):
    """Draws on stderr; `minutes` is the time that the worker was given, None where only its length ends it."""

    def __init__(self, minutes: float | None) -> None:
        self.minutes = minutes

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @abstractmethod
    def show(self, run: RunView) -> None: ...


class Lines(Display):
    """One plain line about every ten seconds, and one for each note."""

    def __init__(self, minutes: float | None) -> None:
        super().__init__(minutes)
        self._said_at = time.monotonic()
        self._said = -1
        self._noted: set[str] = set()
        self._waited = ""
        self._found: set[str] = set()

    def show(self, run: RunView) -> None:
        for kind, text in self._notes(run):
            if kind not in self._noted:
                self._noted.add(kind)
                note(f"note: {text}")
        if (words := waiting(run)) != self._waited:
            self._waited = words
            note(f"{run.id} {words}" if words else f"{run.id}: its turn has come")
        early = run.live and time.monotonic() - self._said_at < LINE_S
        if early or run.state.nimg in (0, self._said):
            return
        self._said, self._said_at = run.state.nimg, time.monotonic()
        note(self._line(run))
        for finding in findings_of(run):
            if (text := f"{finding.severity}: {finding.symptom}") not in self._found:
                self._found.add(text)
                note(f"{text} ganstudio diagnose {run.id}")

    def _notes(self, run: RunView) -> Iterator[tuple[str, str]]:
        """What is said once, by what it is about: a score that is skipped again is no news."""
        yield from ((text, text) for text in run.state.notes)
        if run.state.score_missing:
            yield "no score", f"no score: {run.state.score_missing}"
        if skipped := skipped_score(run):
            yield "skipped", f"skipped {skipped}"
        if length := whole_length(run, self.minutes):
            yield "length", length

    def _line(self, run: RunView) -> str:
        state = run.state
        left = remaining_s(run, self.minutes)
        parts = [
            f"{trained(run)} kimg",
            *(f"{name} {format_number(value)}" for name, value in critic_facts(run)),
            *([f"{speed(run)} img/s"] if state.img_per_s else []),
            *(f"{name} {format_number(score.value)}" for name, score in state.scores.items()),
            *([f"{format_seconds(left)} left"] if left is not None and run.live else []),
        ]
        return "  ".join(parts)
