"""Reads grids of samples from a run's folder, cut to what a screen shows. Called beside the screen's thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.tui.widgets.tiling import READABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class SheetRequest(NamedTuple):
    """Asks for the grid at `path`, of tiles of `tile` pixels, for `room` (width, height) pixels."""

    path: Path
    tile: int
    room: tuple[int, int]


def read_image(path: Path) -> Pixels | None:
    """Reads RGB pixels [H, W, 3]; None where the file is gone or damaged."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except Exception:  # PIL raises a dozen kinds for files that are cut short or made up
        return None


def read_sheet(wanted: SheetRequest) -> Pixels | None:
    """Reads the first tiles of a grid, as many as are readable in the room; None where the file cannot be read."""
    grid = read_image(wanted.path)
    if grid is None:
        return None
    rows, columns = (max(1, size // wanted.tile) for size in grid.shape[:2])
    shown = min(wanted.tile, READABLE)
    across, down = (max(1, size // shown) for size in wanted.room)
    columns, rows = min(columns, across), min(rows, down)
    return grid[: rows * wanted.tile, : columns * wanted.tile]


def tile_of(grid: Pixels, tile: int, number: int) -> Pixels:
    """Returns tile `number` of a grid, counted row by row."""
    columns = max(1, grid.shape[1] // tile)
    y, x = divmod(number, columns)
    return grid[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile]


def count_of(grid: Pixels, tile: int) -> int:
    rows, columns = (max(1, int(size) // tile) for size in grid.shape[:2])
    return rows * columns
