"""Thousands of images, seconds and bytes, as people read and write them."""

from __future__ import annotations

import math
from typing import Any


def format_kimg(nimg: int) -> str:
    """`48200` -> `48.2`: images counted in thousands."""
    return f"{nimg / 1000:.1f}"


def format_seconds(seconds: float) -> str:
    """`4` -> `4s`, `83` -> `1:23`, `3723` -> `1:02:03`."""
    if not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def format_bytes(count: float) -> str:
    """`14_000_000` -> `14.0 MB` (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def format_count(n: int) -> str:
    """`5000` -> `5k`, `4500` -> `4500`: sample counts in a score's name."""
    return f"{n // 1000}k" if n >= 1000 and n % 1000 == 0 else str(n)


def format_number(value: float | None) -> str:
    """`0.6123` -> `0.612`, `12345.6` -> `12,346`; `–` where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def format_knob(value: Any) -> str:
    """A knob's value: `0.0002`, `on`, `[0, 0.9]`, `{start = 0.05, end = 0}`; `–` where there is none."""
    match value:
        case None:
            return "–"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return f"[{', '.join(map(format_knob, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {format_knob(one)}' for key, one in value.items())}}}"
        case _:
            return str(value)
