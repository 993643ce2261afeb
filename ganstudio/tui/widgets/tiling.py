"""The layout of tiles in a room of pixels, of which a cell's height has two."""

from __future__ import annotations

import math
from typing import NamedTuple

READABLE = 16  # pixels of a tile, below which nobody sees what it is
ENOUGH = 24  # tiles that a page should have before they are made larger
_PARTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
_SMALLEST = 8


def arrange(count: int, room: tuple[int, int], aspect: float = 1.0) -> tuple[int, int]:
    """Returns (columns, rows) for `count` tiles or a few more, as large as `count` can be in `room` (width, height)."""
    columns = columns_of_largest_tiles(count, room, aspect)
    side = max(1.0, _side(columns, -(-count // columns), room, aspect))
    return max(columns, int(room[0] / (side * aspect))), max(-(-count // columns), int(room[1] / side))


def columns_of_largest_tiles(count: int, room: tuple[int, int], aspect: float = 1.0) -> int:
    """Returns the columns of a grid of `count` tiles in which the tiles are largest."""
    return max(range(1, max(1, count) + 1), key=lambda c: (_side(c, -(-count // c), room, aspect), c))


def columns_without_hole(count: int, room: tuple[int, int], aspect: float = 1.0) -> int:
    """Returns the columns of a grid of `count` tiles without an empty place, in which the tiles are largest."""
    whole = (columns for columns in range(1, count + 1) if count % columns == 0)
    return max(whole, key=lambda c: (_side(c, count // c, room, aspect), c))


def _side(columns: int, rows: int, room: tuple[int, int], aspect: float) -> float:
    return min(room[0] / (columns * aspect), room[1] / max(1, rows))


class Tiling(NamedTuple):
    """A page of tiles with a line under each: columns, rows, and a tile's width and height in pixels."""

    columns: int
    rows: int
    width: int
    height: int

    @property
    def tiles(self) -> int:
        return self.columns * self.rows


def tile_sizes(side: int) -> list[int]:
    """Returns the heights at which a tile `side` pixels high is shown without much blur, smallest first."""
    smaller = {side // part for part in _PARTS if side // part >= _SMALLEST}
    return sorted({side, *smaller, *(side * times for times in (2, 3, 4, 6, 8) if side * times <= 256)})


def usual_size(side: int, aspect: float, room: tuple[int, int]) -> int:
    """Returns the index in `tile_sizes` that a page begins with: the largest of which ENOUGH fit, but READABLE."""
    all_sizes = tile_sizes(side)
    columns_that_fit = [place for place, size in enumerate(all_sizes) if tiling(size, aspect, room).tiles >= ENOUGH]
    readable = next((place for place, size in enumerate(all_sizes) if size >= READABLE), len(all_sizes) - 1)
    return max(readable, max(columns_that_fit, default=0))


def tiling(height: int, aspect: float, room: tuple[int, int]) -> Tiling:
    """Returns the tiling that fits a room of (columns, lines) cells. One tile always fits: it is made smaller."""
    height = max(1, min(height, 2 * (room[1] - 1), math.floor(room[0] / aspect)))
    width = max(1, round(height * aspect))
    lines = -(-height // 2) + 1
    return Tiling(max(1, (room[0] + 1) // (width + 1)), max(1, room[1] // lines), width, height)
