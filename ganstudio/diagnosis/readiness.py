"""Whether a run has enough numbers for the rules, and how long that takes."""

from __future__ import annotations

import math

from ganstudio.diagnosis.case import FEWEST, LATE, Case
from ganstudio.runs.metrics.history import NARROWEST


def missing_numbers(case: Case) -> str | None:
    """A sentence on the numbers that most rules still wait for: of the updates, then of the samples; None for none."""
    longest = max((case.state.history.line(f"losses.{side}") for side in "dg"), key=len)
    if (short := _shortage(case, longest, NARROWEST / 1000)) is not None:
        return f"Losses and gradients were told {short}"
    looks = case.state.history.line("probe.diversity")
    if not looks:  # a run that looks at its samples has begun with that: this one's task does not
        return None
    each = case.knobs("evaluation").get("probe_kimg", 4.0)
    short = _shortage(case, looks, max(float(each), NARROWEST / 1000))
    return short and f"Samples were looked at {short}"


def _shortage(case: Case, line: list[tuple[int, float]], least: float) -> str | None:
    """How many numbers of the last part of a run are there, where they are too few; `least` kimg are between two."""
    late = sum(nimg > (1 - LATE) * case.state.nimg for nimg, _ in line)
    if late >= FEWEST:
        return None
    apart = max(least, case.kimg / len(line)) if line else least
    needed = max(math.ceil(FEWEST * apart / LATE), math.ceil(case.kimg) + 1)
    times = "once" if late == 1 else f"{late} times" if late else "not once"
    return (
        f"{times} in the last {LATE:.0%} of its {case.kimg:.1f} kimg; {FEWEST} times are needed: about {needed} kimg."
    )
