"""Which way a score is better, and what follows from that: which of two is better, by how much, and its arrow."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

Better = Literal["lower", "higher"]

LOWER: Better = "lower"
ARROWS: dict[Better, str] = {"lower": "↓", "higher": "↑"}


def as_better(word: object) -> Better:
    """The direction that an event or a file names; the scores of earlier versions, which name none, are distances."""
    return "higher" if word == "higher" else LOWER


def rank(value: float | None, better: Better) -> float:
    """A number that is less the better the value is: what to sort by. What is unknown or NaN comes last."""
    if value is None or math.isnan(value):
        return math.inf
    return value if better == LOWER else -value


def best_of(values: Iterable[float], better: Better) -> float:
    """The best of some values."""
    return min(values) if better == LOWER else max(values)


def gains(value: float, earlier: float, share: float, better: Better) -> bool:
    """Whether a value is better than an earlier one by more than `share` of that: 0.03 is three per cent."""
    return value < (1 - share) * earlier if better == LOWER else value > (1 + share) * earlier


def times_worse(value: float, earlier: float, better: Better) -> float:
    """How many times worse a value is than an earlier one: 2.0 is twice the distance, or half of what should be high.

    It tells something of values above 0 only, as distances and decibels are.
    """
    worse, good = (value, earlier) if better == LOWER else (earlier, value)
    return worse / max(good, 1e-9)
