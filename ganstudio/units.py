"""Thousands of images, seconds, bytes and sizes of pictures, as people read and write them.

A size is (H, W) in the program and in recipes, WIDTHxHEIGHT where people write and read it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

HeightWidth = tuple[int, int]
Size = int | HeightWidth  # the side of a square, or the height and width of another rectangle
Resolution = int | Sequence[int]  # the short side of an image, whose aspect is the data's, or its (H, W)


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


def height_width(size: Size) -> HeightWidth:
    return (size, size) if isinstance(size, int) else size


def as_size(height: int, width: int) -> Size:
    return width if height == width else (height, width)


def size_text(size: Size) -> str:
    """`32` of a square, `128x64` of (64, 128): what `--size` takes, messages say and names of derived sets hold."""
    height, width = height_width(size)
    return str(width) if height == width else f"{width}x{height}"


def recipe_text(size: Sequence[int]) -> str:
    """`32` of a square, `[64, 128]` of another (H, W): what `data.resolution` takes."""
    height, width = size[-2:]
    return str(width) if height == width else f"[{height}, {width}]"


def both_texts(size: Sequence[int]) -> str:
    """`32` of a square, `128x64 ([64, 128] in a recipe)` of another (H, W): the two ways in which it is written."""
    height, width = size[-2:]
    return str(width) if height == width else f"{width}x{height} ([{height}, {width}] in a recipe)"


def parse_size(text: str) -> Size | None:
    """The size that `32`, `32x32` or `128x64`, WIDTHxHEIGHT, means; None of anything else."""
    parts = text.lower().strip().split("x")
    if len(parts) > 2 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    width, height = int(parts[0]), int(parts[-1])
    return as_size(height, width)


def size_at(axes: str, depth: int | None, stored: HeightWidth, resolution: Resolution) -> tuple[int, ...]:
    """(H, W), (T, H, W) or (D, H, W) of what is stored as (H, W), seen at `resolution`.

    Where that is the short side the long one is scaled along, to the nearest whole pixel; so are the slices of a voxel
    grid. The frames of a clip are not.
    """
    short = min(stored)
    if isinstance(resolution, int):
        height, width = ((side * resolution + short // 2) // short for side in stored)
    else:
        height, width = resolution
    if depth is None:
        return (height, width)
    return (max(1, round(depth * min(height, width) / short)) if axes == "DHWC" else depth, height, width)
