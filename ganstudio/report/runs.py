"""What every front end says of a run: its state, how far it is, how its critic judges, whom it waits for."""

from __future__ import annotations

import re

from ganstudio.runs.direction import ARROWS, LOWER
from ganstudio.runs.store import RunView
from ganstudio.units import format_kimg, format_number, format_seconds

# Mean logits by the name that events have, as front ends call them. D(x) and D(G(z)) are probabilities, never these.
LOGITS = {"d_real": "logit real", "d_fake": "logit fake"}
MARKS = {
    **{"running": "●", "queued": "◌", "paused": "‖", "stopping": "◑", "finished": "✓"},
    **{"stopped": "○", "prepared": "○", "failed": "✗", "crashed": "✗"},
    "imported": "⇣",
}
FINDING_MARKS = {"error": "✗", "warning": "!", "info": "·"}  # by severity
_COURSE = 5  # scores that a course tells
_STEADY = 3  # ticks that a rate is told from


def state_words(run: RunView) -> str:
    """`finished (budget)`"""
    return f"{run.status}{f' ({run.state.reason})' if run.state.reason else ''}"


def trained(run: RunView) -> str:
    """`12.0/40`: the kimg that are done, of all."""
    return f"{format_kimg(run.state.nimg)}/{run.kimg_total:g}"


def best_score(run: RunView) -> str:
    """`4.31 at 36.0`: the best score, and the kimg that it was made at."""
    best = run.state.best
    return f"{format_number(best.value)} at {format_kimg(best.nimg)}" if best else "–"


def scored(run: RunView, name: str) -> str:
    """`FD[lenet]-5k↓`: a score's name, and which way it is better."""
    return f"{name}{ARROWS[run.state.better.get(name, LOWER)]}"


def score_kind(name: str) -> str:
    """`PSNR` of `PSNR-48`, `FD` of `FD[lenet]-5k`: scores of a kind are of one scale, and better the same way."""
    return re.split(r"[\[-]", name, maxsplit=1)[0]


def best_with_arrow(run: RunView) -> str:
    """`4.31`, `22.4↑`: the best score; one that should be high says so, since a column of bests is headed by `↓`."""
    best, better = run.state.best, run.state.best_is
    return f"{format_number(best and best.value)}{ARROWS[better] if best and better != LOWER else ''}"


def speed(run: RunView) -> str:
    """`1,234`: images a second."""
    return f"{run.state.img_per_s:,.0f}" if run.state.img_per_s else "–"


def waiting(run: RunView) -> str:
    """`waits for a, b and 2 more`: whose turn on the device comes first. Empty where it is the run's own."""
    ahead = run.state.ahead
    if run.status != "queued" or not ahead:
        return ""
    more = f" and {len(ahead) - 3} more" if len(ahead) > 3 else ""
    return f"waits for {', '.join(ahead[:3])}{more}"


def critic_facts(run: RunView) -> list[tuple[str, float]]:
    """Losses, penalties, and what the critic says: probabilities where the objective makes them that, else logits."""
    state = run.state
    if state.p_real is None:
        said = [(LOGITS["d_real"], state.d_real), (LOGITS["d_fake"], state.d_fake)]
    else:
        said = [("D(x)", state.p_real), ("D(G(z))", state.p_fake)]
    judged = [(name, value) for name, value in said if value is not None]
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


def score_course(run: RunView, name: str) -> str:
    """`182, 95.1, 40.3, 12.6`: the way of a score to its last value; of many, some that are spread over the run."""
    last = run.state.scores[name]
    values = [value for nimg, value in run.state.history.line(f"scores.{name}") if nimg < last.nimg]
    most = _COURSE - 1
    picked = values if len(values) <= most else [values[i * (len(values) - 1) // (most - 1)] for i in range(most)]
    return ", ".join(format_number(value) for value in [*picked, last.value])


def skipped_score(run: RunView) -> str:
    """`FD[...]-500 at 5.0 kimg: it would take ...`: the score that was due and not made; empty where there is none."""
    skipped = run.state.skipped
    if skipped is None:
        return ""
    times = f", {skipped.times} in a row" if skipped.times > 1 else ""
    return f"{skipped.score} at {format_kimg(skipped.nimg)} kimg{times}: {skipped.why}"


def whole_length(run: RunView, minutes: float | None) -> str:
    """How long the length of a run would take that its `minutes` end before; empty where they do not, or too early."""
    state = run.state
    if minutes is None or not state.img_per_s or len(state.rates or ()) < _STEADY:
        return ""
    left_s = (run.kimg_total * 1000 - state.nimg) / state.img_per_s
    if state.elapsed_s + left_s <= minutes * 60:
        return ""
    whole = f"{format_seconds(run.kimg_total * 1000 / state.img_per_s)} at {state.img_per_s:,.0f} img/s"
    return f"all {run.kimg_total:g} kimg would take {whole}; --minutes {minutes:g} ends it before"
