"""The samples of a run at a step: the grid of fixed z, one tile of it, or one tile over the whole run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual import work

from ganstudio.tui.run import samples
from ganstudio.tui.run.viewport import Looking, nearest, spread
from ganstudio.tui.snapshots import RunSnapshot
from ganstudio.tui.widgets.picture import Picture
from ganstudio.tui.widgets.tiling import READABLE, largest
from ganstudio.units import format_kimg

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels


class _Subject(NamedTuple):
    """What is to be seen; equal ones look the same."""

    folder: Path
    nimgs: tuple[int, ...]
    tile: int
    number: int | None  # of one tile; None for the grid
    side: int
    room: tuple[int, int]


class SampleGrid(Picture):
    """`count` is how many tiles the grid has, `caption` says what is shown."""

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(empty, **given)
        self.count = 1
        self.caption = "samples"
        self._subject: _Subject | None = None

    def show_run(self, one: RunSnapshot, looking: Looking) -> None:
        nimg = nearest(one.samples, looking.at(one.row.view.state.nimg))
        if nimg is None:
            self._subject, self.caption = None, "samples"
            self.show(None, "none")
            return
        tile = one.row.view.record.resolution
        room = self.size.width, 2 * self.size.height
        single = looking.zoomed or looking.history
        nimgs = tuple(spread(one.samples, _most(room))) if looking.history else (nimg,)
        folder = one.row.view.path / "samples"
        subject = _Subject(folder, nimgs, tile, looking.tile % self.count if single else None, looking.side, room)
        self.caption = _caption(subject, looking)
        if subject != self._subject:
            self._subject = subject
            self._load(subject)

    @work(thread=True, exclusive=True, group="samples")
    def _load(self, subject: _Subject) -> None:
        pixels, count = _pixels(subject)
        self.app.call_from_thread(self._loaded, subject, pixels, count)

    def _loaded(self, subject: _Subject, pixels: Pixels | None, count: int) -> None:
        if subject == self._subject:
            self.count = count
            self.show(pixels, subject, (subject.tile, subject.tile))


def _most(room: tuple[int, int]) -> int:
    """How many tiles of READABLE pixels a strip can have."""
    return max(1, room[0] // READABLE) * max(1, room[1] // READABLE)


def _pixels(subject: _Subject) -> tuple[Pixels | None, int]:
    """The picture, and how many tiles a grid has."""
    paths = [subject.folder / f"{nimg:010}.png" for nimg in subject.nimgs]
    if subject.number is None:
        grid = samples.read(paths[0])
        if grid is None:
            return None, 1
        side = subject.side * subject.tile
        return grid[:side, :side], samples.count_of(grid, subject.tile)
    grids = [grid for path in paths if (grid := samples.read(path)) is not None]
    if not grids:
        return None, 1
    tiles = [samples.tile_of(grid, subject.tile, subject.number) for grid in grids]
    return _strip(tiles, subject.room), samples.count_of(grids[0], subject.tile)


def _strip(tiles: list[Pixels], room: tuple[int, int]) -> Pixels:
    """Tiles in rows that fill the room, the oldest first."""
    import numpy as np

    from ganstudio.inference.pixels import grid

    return grid(np.stack(tiles), largest(len(tiles), room))


def _caption(subject: _Subject, looking: Looking) -> str:
    if looking.history:
        first, last = format_kimg(subject.nimgs[0]), format_kimg(subject.nimgs[-1])
        return f"tile {subject.number}, {first} to {last} kimg"
    which = f"tile {subject.number}" if subject.number is not None else f"samples {subject.side}×{subject.side}"
    return f"{which} @ {format_kimg(subject.nimgs[0])}"
