"""The viewport of the screen Run: the step, the range of images and the tiles that are shown. Frozen: each method
returns a new one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

SMOOTH = (0.0, 0.6, 0.9, 0.97)
TILES = (2, 4, 8)


@dataclass(frozen=True)
class Viewport:
    """What of a run is shown. `cursor` is a step in images, None follows the run; `window` is the range of images that
    plots show, None is all of it.
    """

    cursor: int | None = None
    window: tuple[int, int] | None = None
    log: bool = False
    smooth: int = 0
    tiles: int = 1  # place in TILES
    tile: int = 0
    zoomed: bool = False
    history: bool = False
    panels: int = 0  # the first that is shown
    overlaid: tuple[str, ...] = ()

    def at(self, end: int) -> int:
        """Returns the cursor's step, in images, of a run that is at `end`."""
        return end if self.cursor is None else min(self.cursor, end)

    def span(self, end: int) -> tuple[int, int]:
        """Returns the range of images that plots show, of a run that is at `end`."""
        return self.window or (0, max(end, 1))

    def moved(self, columns: int, end: int, width: int) -> Viewport:
        """Returns the viewport with the cursor moved by columns of a plot of `width`; at the end it follows the run."""
        first, last = self.span(end)
        step = max(1, (last - first) // max(1, width - 1))
        place = self.at(end) + columns * step
        if place >= end and columns > 0:
            return self.live()
        place = max(0, min(place, end))
        return replace(self, cursor=place, window=_window_with(self.window, place))

    def to(self, nimg: int) -> Viewport:
        return replace(self, cursor=nimg, window=_window_with(self.window, nimg))

    def live(self) -> Viewport:
        return replace(self, cursor=None, window=None if self.window is None else self.window)

    def zoom(self, factor: float, end: int) -> Viewport:
        """Returns the viewport with a window `factor` times as wide, around the cursor; at most all of the run."""
        first, last = self.span(end)
        wide = round((last - first) * factor)
        if wide >= end:
            return replace(self, window=None)
        wide = max(wide, min(end, 100))
        middle = self.at(end)
        start = max(0, min(middle - wide // 2, end - wide))
        return replace(self, window=(start, start + wide))

    def followed(self, end: int) -> Viewport:
        """Returns the viewport with a zoomed window moved to the run's end, unless the cursor is set."""
        if self.window is None or self.cursor is not None or self.window[1] >= end:
            return self
        wide = self.window[1] - self.window[0]
        return replace(self, window=(end - wide, end))

    @property
    def side(self) -> int:
        """Tiles to a row of the sample grid."""
        return TILES[self.tiles]


def _window_with(window: tuple[int, int] | None, nimg: int) -> tuple[int, int] | None:
    """Returns the window, moved until it contains `nimg`."""
    if window is None or window[0] <= nimg <= window[1]:
        return window
    wide = window[1] - window[0]
    start = nimg if nimg < window[0] else nimg - wide
    return max(0, start), max(0, start) + wide


def nearest(places: Sequence[int], nimg: int) -> int | None:
    """Returns the one of the sorted `places` that is nearest to `nimg`; None where there is none."""
    if not places:
        return None
    i = min(bisect_left(places, nimg), len(places) - 1)
    if i and nimg - places[i - 1] <= places[i] - nimg:
        i -= 1
    return places[i]


def spread(places: Sequence[int], most: int) -> list[int]:
    """Returns at most `most` of `places`, evenly spread, the first and the last among them."""
    if len(places) <= most:
        return list(places)
    if most < 2:
        return list(places[-1:])
    return [places[round(i * (len(places) - 1) / (most - 1))] for i in range(most)]
