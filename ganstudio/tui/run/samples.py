"""Reads grids of samples from a run's folder, cut to what a screen shows. Called beside the screen's thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.tui.run import strips
from ganstudio.tui.widgets.tiling import READABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class SheetRequest(NamedTuple):
    """Asks for the grid at `path`, of tiles of `tile` (height, width) pixels, for `room` (width, height) pixels.

    `shows` says what the tiles of a strip are; () where each tile stands alone.
    """

    path: Path
    tile: tuple[int, int]
    room: tuple[int, int]
    shows: tuple[str, ...] = ()


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
    height, width = wanted.tile
    if wanted.shows:
        return strips_of(grid, wanted.tile, len(wanted.shows), wanted.room)
    rows, columns = _rows_and_columns(grid, wanted.tile)
    scale = min(READABLE / min(wanted.tile), 1.0)  # the short side is readable
    across, down = (max(1, int(size / (side * scale))) for size, side in zip(wanted.room, (width, height), strict=True))
    columns, rows = min(columns, across), min(rows, down)
    return grid[: rows * height, : columns * width]


def strips_of(
    grid: Pixels, tile: tuple[int, int], columns: int, room: tuple[int, int], side: int = strips.USUAL
) -> Pixels:
    """Returns the first strips of a grid, of `columns` tiles each, as many as `strips.layout` has place for."""
    across, down = strips.layout(tile, columns, room, side)
    return grid[: down * tile[0], : across * columns * tile[1]]


def tile_of(grid: Pixels, tile: tuple[int, int], number: int) -> Pixels:
    """Returns tile `number` of a grid of tiles (height, width), counted row by row."""
    height, width = tile
    y, x = divmod(number, _rows_and_columns(grid, tile)[1])
    return grid[y * height : (y + 1) * height, x * width : (x + 1) * width]


def count_of(grid: Pixels, tile: tuple[int, int]) -> int:
    rows, columns = _rows_and_columns(grid, tile)
    return rows * columns


def _rows_and_columns(grid: Pixels, tile: tuple[int, int]) -> tuple[int, int]:
    rows, columns = (max(1, int(size) // side) for size, side in zip(grid.shape[:2], tile, strict=True))
    return rows, columns
