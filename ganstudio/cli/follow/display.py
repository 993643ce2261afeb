"""The displays of a run that is followed: their base class, and the plain one, which prints a line now and then."""

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


class LineDisplay(Display):
    """Prints a plain line about every ten seconds, and one for each note."""

    def __init__(self, minutes: float | None) -> None:
        super().__init__(minutes)
        self._line_time = time.monotonic()
        self._line_nimg = -1
        self._note_keys: set[str] = set()
        self._waiting_text = ""
        self._finding_texts: set[str] = set()

    def show(self, run: RunView) -> None:
        for kind, text in self._notes(run):
            if kind not in self._note_keys:
                self._note_keys.add(kind)
                note(f"note: {text}")
        if (words := waiting(run)) != self._waiting_text:
            self._waiting_text = words
            note(f"{run.id} {words}" if words else f"{run.id}: its turn has come")
        too_soon = run.live and time.monotonic() - self._line_time < LINE_S
        if too_soon or run.state.nimg in (0, self._line_nimg):
            return
        self._line_nimg, self._line_time = run.state.nimg, time.monotonic()
        note(self._line(run))
        for finding in findings_of(run):
            if (text := f"{finding.severity}: {finding.symptom}") not in self._finding_texts:
                self._finding_texts.add(text)
                note(f"{text} ganstudio diagnose {run.id}")

    def _notes(self, run: RunView) -> Iterator[tuple[str, str]]:
        """(key, text) of each note; a key is printed once: a score that is skipped again is no news."""
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
