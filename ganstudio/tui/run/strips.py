"""Grids whose tiles are examples in strips: input, output and target side by side. How many a room has place for."""

from __future__ import annotations

from typing import NamedTuple

from ganstudio.tui.widgets.tiling import READABLE

USUAL = 4  # "tiles to a row" at which a tile of a strip is just readable


class StripLayout(NamedTuple):
    """Strips of `columns` tiles each: how many stand beside each other, and in how many rows."""

    across: int
    down: int


def layout(tile: tuple[int, int], columns: int, room: tuple[int, int], side: int = USUAL) -> StripLayout:
    """Returns the layout of strips of tiles (height, width) that fills a room of (width, height) pixels.

    `side` is the person's choice: twice USUAL puts twice as many strips beside each other, half of it half as many.
    """
    usual = max(1, room[0] // (columns * READABLE))
    across = max(1, usual * side // USUAL)
    height = room[0] / (across * columns) * tile[0] / tile[1]
    return StripLayout(across, max(1, int(room[1] / height)) if height else 1)
