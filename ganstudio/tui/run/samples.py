"""Grids of samples as they lie in a run's folder, cut to what a screen shows. Not for the screen's own thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.tui.widgets.tiling import READABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class Wanted(NamedTuple):
    """The grid at `path`, of tiles of `tile` pixels, for `room` (width, height) pixels."""

    path: Path
    tile: int
    room: tuple[int, int]


def read(path: Path) -> Pixels | None:
    """RGB pixels [H, W, 3]; None where the file is gone, or not whole."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except Exception:  # PIL raises a dozen kinds for files that are cut short or made up
        return None


def sheet(wanted: Wanted) -> Pixels | None:
    """The first tiles of the grid: as many as can be told apart in the room that there is."""
    grid = read(wanted.path)
    if grid is None:
        return None
    rows, columns = (max(1, size // wanted.tile) for size in grid.shape[:2])
    shown = min(wanted.tile, READABLE)
    across, down = (max(1, size // shown) for size in wanted.room)
    columns, rows = min(columns, across), min(rows, down)
    return grid[: rows * wanted.tile, : columns * wanted.tile]


def tile_of(grid: Pixels, tile: int, number: int) -> Pixels:
    """Tile `number` of a grid, read row by row."""
    columns = max(1, grid.shape[1] // tile)
    y, x = divmod(number, columns)
    return grid[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile]


def count_of(grid: Pixels, tile: int) -> int:
    rows, columns = (max(1, int(size) // tile) for size in grid.shape[:2])
    return rows * columns
