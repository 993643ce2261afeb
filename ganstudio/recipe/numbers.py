"""Numbers of a recipe that may change over its length."""

from __future__ import annotations

Number = float


def value_at(number: float, nimg: int, schedule_kimg: float) -> float:  # noqa: ARG001
    """The value of `number` after `nimg` images of a schedule of `schedule_kimg` thousand."""
    return number
