"""Axes of plots: their edges, where a value stands on them, where they have marks, and what these say."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Axis(NamedTuple):
    """An axis from `low` to `high`, which are logarithms (base 10) of its values where it is `log`."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, values: Iterable[float], share: float, log: bool = False) -> Axis:
        """Holds the finite ones of `values`, above 0 where it is `log`, with `share` of their distance beyond each end.

        Where there are none, it holds 0 and 1, or 1 and 10.
        """
        finite = [value for value in values if math.isfinite(value)] or ([1.0, 10.0] if log else [0.0, 1.0])
        low, high = min(finite), max(finite)
        return cls(*widened(math.log10(low) if log else low, math.log10(high) if log else high, share), log)

    def place(self, value: float) -> float:
        """Where `value` stands: 0 at the lower edge, 1 at the upper one, beyond these outside."""
        return place(math.log10(value) if self.log else value, self.low, self.high)

    def marks(self, count: int = 5, letters: int = 80) -> list[tuple[float, str]]:
        """(place, text of at most `letters`) of each mark: about `count` of them where the axis is not `log`."""
        heights = log_ticks(self.low, self.high) if self.log else ticks(self.low, self.high, count)
        texts = figures([power_of_ten(height) for height in heights] if self.log else heights, letters)
        return [(place(height, self.low, self.high), text) for height, text in zip(heights, texts, strict=True)]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers from `low` to `high`: 1, 2 or 5 times a power of ten apart.

    Where no round numbers fit between the two, they are `low` alone; where either is no number, there is none.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return []
    rough = high / count - low / count  # the difference itself may be beyond the largest number
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 0.0
    if power < max(sys.float_info.min, math.ulp(low), math.ulp(high)):
        return [low]
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough or m == 10)
    marks = (n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1))
    return [mark for mark in marks if math.isfinite(mark)]


def widened(low: float, high: float, share: float) -> tuple[float, float]:
    """The edges of an axis, moved outwards by `share` of their distance; equal ones by a tenth of their size."""
    margin = (high / 2 - low / 2) * share * 2
    if low - margin == low or high + margin == high:
        margin = max(abs(low), abs(high)) * 0.1 or 0.5
    return max(low - margin, -sys.float_info.max), min(high + margin, sys.float_info.max)


def place(value: float, low: float, high: float) -> float:
    """Where `value` stands between two edges that differ: 0 at `low`, 1 at `high`, beyond these outside."""
    scale = 0.25 if max(map(abs, (value, low, high))) > 1e300 else 1.0  # their distance may be beyond any number
    return (value * scale - low * scale) / (high * scale - low * scale)


def log_ticks(low: float, high: float) -> list[float]:
    """Logarithms of round numbers: powers of ten, with their 2 and 5 where those are few, else evenly apart."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    if len(powers) > 12:
        return [mark for mark in ticks(low, high) if mark.is_integer()]
    for marks in ((1,), (1, 2, 5)):
        found = [p + math.log10(m) for p in powers for m in marks if low <= p + math.log10(m) <= high]
        if len(found) > 2:
            return found
    return [math.log10(value) for value in ticks(power_of_ten(low), power_of_ten(high)) if value > 0]


def power_of_ten(exponent: float) -> float:
    """10 to that power; the largest number where that is beyond it."""
    try:
        return math.pow(10.0, exponent)
    except OverflowError:
        return sys.float_info.max


def figure(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


def figures(values: Sequence[float], columns: int = 80) -> list[str]:
    """What stands at marks, in at most `columns` letters each: as many digits as place one among its neighbours.

    A mark that so many do not place is "". Where that goes for all, the first is rounded.
    """
    gaps = _gaps(values)
    written: list[list[str]] = [[figure(value) for value in values]]
    written += [[f"{value:.{digits}g}" for value in values] for digits in range(3, 18)]
    written += [[_short(f"{value:.{digits}e}") for value in values] for digits in range(17)]
    fitting = [
        [
            text if len(text) <= columns and _places(text, *at) else ""
            for text, *at in zip(texts, values, gaps, strict=True)
        ]
        for texts in written
    ]
    best = max(fitting, key=lambda texts: sum(map(bool, texts)))
    return best if any(best) else [*map(_rounded, values[:1], [columns]), *("" for _ in values[1:])]


def _places(text: str, value: float, gap: float) -> bool:
    """Whether the figure says where its mark stands, to a twentieth of the way to the next one."""
    return abs(float(text.replace(",", "")) - value) <= gap / 20


def _gaps(values: Sequence[float]) -> list[float]:
    """How far the nearest other value is from each; a tenth of its size where there is no other."""
    found = []
    for value in values:
        others = [abs(other - value) for other in values if other != value]
        found.append(min(others) if others else abs(value) / 10)
    return found


def _rounded(value: float, columns: int) -> str:
    texts = (_short(f"{value:.{digits}e}") for digits in range(17, -1, -1))
    return next((text for text in texts if len(text) <= columns), "")


def _short(text: str) -> str:
    """`5.5e-04` -> `5.5e-4`, `1e+300` -> `1e300`."""
    return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", text)
