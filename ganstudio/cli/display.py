"""What is shown of a run while it is followed, and the plain form of it: a line now and then."""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from contextlib import AbstractContextManager
from types import TracebackType

from ganstudio.cli.findings import findings_of
from ganstudio.cli.output import show_number
from ganstudio.runs.store import RunView
from ganstudio.units import format_kimg, format_seconds

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
        self._notes = 0
        self._waited = ""
        self._found: set[str] = set()

    def show(self, run: RunView) -> None:
        for text in run.state.notes[self._notes :]:
            print(f"note: {text}", file=sys.stderr, flush=True)
        self._notes = len(run.state.notes)
        if (words := waiting(run)) != self._waited:
            self._waited = words
            print(f"{run.id} {words}" if words else f"{run.id}: its turn has come", file=sys.stderr, flush=True)
        early = run.live and time.monotonic() - self._said_at < LINE_S
        if early or run.state.nimg in (0, self._said):
            return
        self._said, self._said_at = run.state.nimg, time.monotonic()
        print(self._line(run), file=sys.stderr, flush=True)
        for finding in findings_of(run):
            if (text := f"{finding.severity}: {finding.symptom}") not in self._found:
                self._found.add(text)
                print(f"{text} ganstudio diagnose {run.id}", file=sys.stderr, flush=True)

    def _line(self, run: RunView) -> str:
        state = run.state
        left = remaining_s(run, self.minutes)
        parts = [
            f"{format_kimg(state.nimg)}/{run.kimg_total:g} kimg",
            *(f"{name} {show_number(value)}" for name, value in critic_facts(run)),
            *([f"{state.img_per_s:,.0f} img/s"] if state.img_per_s else []),
            *(f"{name} {show_number(score.value)}" for name, score in state.scores.items()),
            *([f"{format_seconds(left)} left"] if left is not None and run.live else []),
        ]
        return "  ".join(parts)


def waiting(run: RunView) -> str:
    """`waits for a, b and 2 more`: whose turn on the device comes first. Empty where it is the run's own."""
    ahead = run.state.ahead
    if run.status != "queued" or not ahead:
        return ""
    more = f" and {len(ahead) - 3} more" if len(ahead) > 3 else ""
    return f"waits for {', '.join(ahead[:3])}{more}"


def critic_facts(run: RunView) -> list[tuple[str, float]]:
    """Losses, penalties, and D(x) and D(G(z)): probabilities where the objective makes them that, else mean logits."""
    state = run.state
    real, fake = (state.d_real, state.d_fake) if state.p_real is None else (state.p_real, state.p_fake)
    judged = [(name, value) for name, value in (("D(x)", real), ("D(G(z))", fake)) if value is not None]
    return [*((f"loss {name}", value) for name, value in state.losses.items()), *state.penalties.items(), *judged]


def remaining_s(run: RunView, minutes: float | None) -> float | None:
    """Seconds until the length or the time is spent, whichever comes first; None before that is known."""
    state, ends = run.state, []
    if state.img_per_s:
        ends.append((run.kimg_total * 1000 - state.nimg) / state.img_per_s)
    if minutes is not None and state.started:
        ends.append(minutes * 60 - state.elapsed_s)
    return max(0.0, min(ends)) if ends else None


def share_done(run: RunView, minutes: float | None) -> float:
    """How much of the run is behind it, from 0 to 1, by what ends it first."""
    shares = [run.state.nimg / (run.kimg_total * 1000)]
    if minutes is not None:
        shares.append(run.state.elapsed_s / (minutes * 60))
    return min(1.0, max(shares))
