"""The sizes of maps in networks that halve an image until its short side has 4 to 7 pixels, and the sizes they take.

The long side is halved as often: 24x40 goes 12x20 and 6x10. A square whose side is a power of two ends as 4x4.
"""

from __future__ import annotations

from collections.abc import Iterator

from ganstudio.engine.contract import DataShape
from ganstudio.errors import nearest_number
from ganstudio.units import both_texts, recipe_text

SMALLEST = 8  # pixels along the short side: halved once


def halvings(side: int) -> int:
    """How often a short side of so many pixels is halved: until 4 to 7 are left."""
    return max(side.bit_length() - 3, 0)


def first_map(shape: DataShape) -> tuple[int, int]:
    """(H, W) of the smallest map, from which a generator begins."""
    height, width = (side >> halvings(shape.resolution) for side in shape.size)
    return height, width


def nearest_size(size: tuple[int, ...], largest: int) -> tuple[int, ...]:
    """`size` (H, W) where both sides halve alike, else the one nearest to it that does, of nearly its aspect."""
    legal = (times * 2**power for power in range(1, largest.bit_length()) for times in (4, 5, 6, 7))
    short = nearest_number(min(size), sorted(side for side in legal if side <= largest))
    step = 2 ** halvings(short)
    scale = short / min(size)
    return tuple(short if side == min(size) else max(round(side * scale / step) * step, short) for side in size)


def size_problems(name: str, shape: DataShape, largest: int) -> Iterator[str]:
    """For an architecture's `check`: what is wrong with the size of the images, and the nearest that is legal."""
    if (nearest := nearest_size(shape.size, largest)) != shape.size:
        yield (
            f"data.resolution: {name} halves both sides until the short one, {SMALLEST} to {largest} px, is 4 to 7; "
            f"got {both_texts(shape.size)}. Nearest: {recipe_text(nearest)}."
        )
