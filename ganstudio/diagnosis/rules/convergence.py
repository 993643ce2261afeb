"""Whether a training converges: oscillation, divergence, or a score that has stalled."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from ganstudio.diagnosis.case import OPTIMIZERS, Case, Signal, short_number
from ganstudio.diagnosis.finding import Finding
from ganstudio.runs.direction import LOWER, best_of, gains, times_worse

RESTLESS = 0.7  # how far samples of one latent move between two looks, over how far two real images are apart
LOOKS = 5  # of them, at least, before that says something
GROWN = 20.0  # times what a loss was early
LARGE = 50.0  # a loss that is that much is large in itself
WORSE = 2.0  # times the best score so far
FLAT = 0.03  # of the score: less than that is no gain
SCORES = 8  # of them, at least, before a flat line says something


def oscillation(case: Case) -> Iterator[Finding]:
    drift, score = case.late("probe.drift"), case.score
    if drift is None or len(drift.values) < LOOKS or drift.mean < RESTLESS:
        return
    if score is not None and not _worse(case, score, 1.05):
        return  # it moves, and it is on its way
    yield Finding(
        "oscillation",
        "warning",
        "The generator goes round in circles: the same latent is another picture each time.",
        f"between two looks samples move {drift.mean:.2f} times as far as two real images are apart (more than "
        f"{RESTLESS:g} is restless), and the score does not get better",
        drift.kimg,
        _slower(case, 2),
        0.6,
    )


def divergence(case: Case) -> Iterator[Finding]:
    for name in ("losses.d", "losses.g"):
        early, late = case.early(name), case.late(name)
        if early is None or late is None:
            continue
        before, now = (median(map(abs, signal.values)) for signal in (early, late))
        if now < LARGE or now < GROWN * max(before, 0.1):
            continue
        yield Finding(
            "divergence",
            "error",
            "The losses run away: each side answers the other with more, and nothing holds them.",
            f"{name.replace('.', ' ')} went from {before:.3g} to {now:.3g}",
            late.kimg,
            _slower(case, 4),
            0.85,
        )
        return
    score = case.score
    if score is None or len(score.values) < LOOKS:
        return
    best, last = _best(case, score), score.values[-1]
    if times_worse(last, best, case.better) < WORSE:
        return
    against = f"{last / max(best, 1e-9):.1f} times its best" if case.better == LOWER else f"and its best was {best:.3g}"
    yield Finding(
        "divergence",
        "warning",
        "The samples get worse: they were better before.",
        f"the score is {last:.3g}, {against}",
        (_best_at(case) or score.kimg[0], score.kimg[1]),
        (f"generator_optimizer.lr={short_number(case.rate('g') / 2)}",),
        0.6,
    )


def stalled(case: Case) -> Iterator[Finding]:
    score = case.score
    if score is None or len(score.values) < SCORES:
        return
    first, second = case.halves(score)
    if not (first and second):
        return
    before, now = best_of(first, case.better), best_of(second, case.better)
    if gains(now, before, FLAT, case.better) or _worse(case, score, WORSE):
        return
    yield Finding(
        "stalled",
        "info",
        "The score has not got better for half of the run: more of the same will not help.",
        f"its best was {before:.3g} in the first half and {now:.3g} in the second",
        score.kimg,
        _slower(case, 2),
        0.5,
        advice="or stop here, and export the best: ganstudio export onnx RUN",
    )


def _slower(case: Case, times: float) -> tuple[str, ...]:
    return tuple(
        f"{OPTIMIZERS[side]}.lr={short_number(case.rate(side) / times)}" for side in OPTIMIZERS if case.rate(side)
    )


def _best(case: Case, score: Signal) -> float:
    return best_of(score.values, case.better)


def _worse(case: Case, score: Signal, times: float) -> bool:
    """Whether the score is now more than so many times worse than its best."""
    return times_worse(score.values[-1], _best(case, score), case.better) > times


def _best_at(case: Case) -> float | None:
    return case.state.best.nimg / 1000 if case.state.best else None
