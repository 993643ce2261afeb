"""The widget that shows a run's samples at a step: the grid of fixed z, one tile, or one tile over the whole run.

Of a task that makes pictures of pictures a tile is a strip: input, output and target side by side.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual import work

from ganstudio.tui.run import samples
from ganstudio.tui.run.viewport import Viewport, nearest, spread
from ganstudio.tui.snapshots import RunSnapshot
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.tui.widgets.tiling import READABLE, columns_of_largest_tiles
from ganstudio.units import format_kimg

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels


class _Subject(NamedTuple):
    """What the widget shows: equal subjects give equal pictures."""

    folder: Path
    nimgs: tuple[int, ...]
    tile: tuple[int, int]  # height, width
    shows: tuple[str, ...]  # what the tiles of a strip are; () where each tile stands alone
    number: int | None  # of one tile, or strip; None for the grid
    side: int
    room: tuple[int, int]

    @property
    def unit(self) -> tuple[int, int]:
        """(height, width) of what is counted: of a tile, or of a strip."""
        return self.tile[0], self.tile[1] * max(1, len(self.shows))


class SampleGrid(PictureView):
    """Shows samples; `count` is the number of tiles, or strips, of the grid, `caption` describes what is shown."""

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(empty, **given)
        self.count = 1
        self.caption = "samples"
        self._subject: _Subject | None = None
        self._shown: tuple[RunSnapshot, Viewport] | None = None

    def on_resize(self) -> None:
        if self._shown is not None:  # how many strips are shown follows from the room
            self.show_run(*self._shown)

    def show_run(self, one: RunSnapshot, viewport: Viewport) -> None:
        self._shown = one, viewport
        nimg = nearest(one.samples, viewport.at(one.row.view.state.nimg))
        if nimg is None:
            self._subject, self.caption = None, "samples"
            self.show(None, "none")
            return
        tile, shows = one.row.view.record.size, one.row.view.state.shows
        room = self.size.width, 2 * (self.size.height - bool(shows))
        single = viewport.zoomed or viewport.history
        nimgs = tuple(spread(one.samples, _most_tiles(room, len(shows)))) if viewport.history else (nimg,)
        folder = one.row.view.path / "samples"
        number = viewport.tile % self.count if single else None
        subject = _Subject(folder, nimgs, tile, shows, number, viewport.side, room)
        self.caption = _caption(subject, viewport)
        if subject != self._subject:
            self._subject = subject
            self._load(subject)

    @work(thread=True, exclusive=True, group="samples")
    def _load(self, subject: _Subject) -> None:
        pixels, count = _pixels(subject)
        self.app.call_from_thread(self._show_pixels, subject, pixels, count)

    def _show_pixels(self, subject: _Subject, pixels: Pixels | None, count: int) -> None:
        if subject == self._subject:
            self.count = count
            self.show(pixels, subject, subject.tile, subject.shows)


def _most_tiles(room: tuple[int, int], columns: int) -> int:
    """Returns how many tiles of READABLE pixels, or strips of `columns` of them, fit into the room."""
    return max(1, room[0] // (READABLE * max(1, columns))) * max(1, room[1] // READABLE)


def _pixels(subject: _Subject) -> tuple[Pixels | None, int]:
    """Reads the picture of a subject. Returns it, and how many tiles a grid has."""
    paths = [subject.folder / f"{nimg:010}.png" for nimg in subject.nimgs]
    if subject.number is None:
        grid = samples.read_image(paths[0])
        if grid is None:
            return None, 1
        count = samples.count_of(grid, subject.unit)
        if subject.shows:
            return samples.strips_of(grid, subject.tile, len(subject.shows), subject.room, subject.side), count
        height, width = (subject.side * side for side in subject.tile)
        return grid[:height, :width], count
    grids = [grid for path in paths if (grid := samples.read_image(path)) is not None]
    if not grids:
        return None, 1
    tiles = [samples.tile_of(grid, subject.unit, subject.number) for grid in grids]
    return _in_rows(tiles, subject.room), samples.count_of(grids[0], subject.unit)


def _in_rows(tiles: list[Pixels], room: tuple[int, int]) -> Pixels:
    """Returns tiles in rows that fill the room, the oldest first."""
    import numpy as np

    from ganstudio.inference.pixels import grid

    height, width = tiles[0].shape[:2]
    return grid(np.stack(tiles), columns_of_largest_tiles(len(tiles), room, width / max(1, height)))


def _caption(subject: _Subject, viewport: Viewport) -> str:
    if viewport.history:
        first, last = format_kimg(subject.nimgs[0]), format_kimg(subject.nimgs[-1])
        return f"{_word(subject)} {subject.number}, {first} to {last} kimg"
    if subject.number is not None:
        which = f"{_word(subject)} {subject.number}"
    else:
        which = " | ".join(subject.shows) or f"samples {subject.side}×{subject.side}"
    return f"{which} @ {format_kimg(subject.nimgs[0])}"


def _word(subject: _Subject) -> str:
    return "strip" if subject.shows else "tile"
