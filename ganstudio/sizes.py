"""Sizes of pictures: (H, W) in the program and in recipes, WIDTHxHEIGHT where people write and read them."""

from __future__ import annotations

from collections.abc import Sequence

HeightWidth = tuple[int, int]
Size = int | HeightWidth  # the side of a square, or the height and width of another rectangle
Resolution = int | Sequence[int]  # the short side of an image, whose aspect is the data's, or its (H, W)


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
