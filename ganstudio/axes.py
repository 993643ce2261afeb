"""Where an axis has its marks, and what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers from `low` to `high`: 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Logarithms of round numbers: powers of ten, with their 2 and 5 where those are few, else evenly apart."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    for marks in ((1,), (1, 2, 5)):
        found = [p + math.log10(m) for p in powers for m in marks if low <= p + math.log10(m) <= high]
        if len(found) > 2:
            return found
    return [math.log10(value) for value in ticks(10**low, 10**high) if value > 0]


def figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def figures(values: Sequence[float]) -> list[str]:
    """What stands at marks: with as many digits as tell neighbours apart."""
    told = [figure(value) for value in values]
    digits = 4
    while len(set(told)) < len(set(values)) and digits < 10:
        told = [f"{value:.{digits}g}" for value in values]
        digits += 1
    return told
