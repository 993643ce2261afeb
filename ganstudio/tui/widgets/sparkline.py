"""Bars in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ganstudio.plot_axes import place

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last `width` values as bars, the least one as the lowest."""
    shown = [value for value in values if math.isfinite(value)][-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return _BARS[0] * len(shown)
    return "".join(_BARS[round(place(value, low, high) * (len(_BARS) - 1))] for value in shown)
