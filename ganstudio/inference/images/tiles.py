"""A large picture through a network tile by tile, so that memory does not grow with it.

A tile is what the network is shown at once. Neighbours overlap: each sees `overlap` pixels beyond what is taken of its
answer, so that a network whose answers come from at most so many pixels around gives what it gives of the whole
picture. At the picture's own border a tile ends where the picture does, and the network goes on beyond it as it always
does. A network that looks further makes neighbours differ; they are then blended where they meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.images.giant import let_go

LARGEST_OVERLAP = 32  # pixels of the source; a network that looks further gives most of its weight to what is nearer
LEAST_TILE = 16  # pixels of the source that a tile adds to its overlaps


class Span(NamedTuple):
    """Along one axis, in pixels of the source: what a tile sees, and the part of it that is taken."""

    start: int
    stop: int
    first: int
    last: int


class Tile(NamedTuple):
    rows: Span
    columns: Span


@dataclass(frozen=True)
class Tiling:
    """How a picture of `size` (H, W) is cut: the (H, W) of a tile, overlap and blending in pixels of the source.

    `step` divides the places where tiles begin: networks that halve a picture pair its pixels from there on.
    """

    size: tuple[int, int]
    tile: tuple[int, int]
    overlap: int = 0
    blend: int = 0
    step: int = 1

    def tiles(self) -> Iterator[Tile]:
        """The tiles, row by row."""
        rows, columns = (
            list(_spans(side, tile, self.overlap, self.step)) for side, tile in zip(self.size, self.tile, strict=True)
        )
        return (Tile(row, column) for row in rows for column in columns)

    @property
    def count(self) -> int:
        return sum(1 for _ in self.tiles())


def tiling_for(
    size: tuple[int, int], pixels: int, overlap: int, radius: int | None, step: int = 1, side: int | None = None
) -> Tiling:
    """How a picture of `size` is cut into tiles of at most `pixels`, or of `side` x `side`, pixels of the source.

    One tile where the picture is no larger. `radius` is how far the network looks, None where that is not known; it is
    blended by half of the overlap where it looks further than that. Sizes must be multiples of `step`.

    Raises:
        UsageError: tiles of that side hold little or nothing but overlap.
    """
    overlap = -(-overlap // step) * step
    blend = 0 if radius is not None and radius <= overlap else overlap // 2
    if side is None and size[0] * size[1] <= pixels:
        return Tiling(size, size)
    least = 2 * overlap + max(LEAST_TILE, step)
    if side is not None and side < least:
        raise UsageError(
            f"--tile: {side} px are too few for an overlap of {overlap} px on each side.", f"--tile {least}"
        )
    square = max(side or int(pixels**0.5), least) // step * step
    height, width = (
        _even(one, square if side or other > square else max(square, pixels // other // step * step), overlap, step)
        for one, other in (size, size[::-1])
    )
    return Tiling(size, (height, width), overlap, blend, step)


def fixed_tiling(size: tuple[int, int], tile: tuple[int, int]) -> Tiling:
    """How a picture is cut for a network that takes one size alone: neighbours share a quarter and are blended."""
    overlap = min(LARGEST_OVERLAP, min(tile) // 8)
    return Tiling(size, tile, overlap, overlap)


def _even(side: int, most: int, overlap: int, step: int) -> int:
    """The side of tiles that share `side` evenly, `most` at most: the last one would else be mostly overlap."""
    if side <= most:
        return side
    count = -(-(side - 2 * overlap) // (most - 2 * overlap))
    share = -(-(side - 2 * overlap) // count) + 2 * overlap
    return min(-(-share // step) * step, most)


def _spans(side: int, tile: int, overlap: int, step: int) -> Iterator[Span]:
    """The tiles along one axis. The last one ends with the picture, and so begins earlier than its turn would be."""
    if tile >= side:
        yield Span(0, side, 0, side)
        return
    stride = max((tile - 2 * overlap) // step * step, step)
    starts = [*range(0, side - tile, stride), side - tile]
    taken = 0
    for number, start in enumerate(starts):
        last = side if number == len(starts) - 1 else start + tile - overlap
        yield Span(start, start + tile, taken, last)
        taken = last


def stitch(
    tiling: Tiling, scale: int, made: Callable[[Tile], NDArray[np.uint8] | None], out: NDArray[np.uint8]
) -> None:
    """Fills `out` uint8 [scale * H, scale * W, C] by the pixels that `made` answers for each tile, of all that it sees.

    Where it answers None, `out` stays as it is.
    """
    for rows, row in groupby(tiling.tiles(), key=lambda tile: tile.rows):
        top, bottom = _reach(rows, tiling)
        place = out[top * scale : bottom * scale]
        strip = place.copy() if tiling.blend and rows.first else place
        for tile in row:
            pixels = made(tile)
            if pixels is not None:
                left, right = _reach(tile.columns, tiling)
                inside = pixels[(top - rows.start) * scale : (bottom - rows.start) * scale]
                inside = inside[:, (left - tile.columns.start) * scale : (right - tile.columns.start) * scale]
                beside = strip[:, left * scale : right * scale].swapaxes(0, 1)
                _lay_over(beside, inside.swapaxes(0, 1), 2 * (tile.columns.first - left) * scale)
                let_go(out)
        if strip is not place:
            _lay_over(place, strip, 2 * (rows.first - top) * scale)
        let_go(out)


def _reach(span: Span, tiling: Tiling) -> tuple[int, int]:
    """What a tile writes along one axis: what is taken of it, and what is blended with its neighbours."""
    return max(span.first - tiling.blend, span.start), min(span.last + tiling.blend, span.stop)


def _lay_over(below: NDArray[np.uint8], above: NDArray[np.uint8], rise: int) -> None:
    """Replaces `below` by `above`, both [n, ...]: along the first `rise` of them it takes over bit by bit."""
    rise = min(rise, len(below))
    if rise:
        share = ((np.arange(rise, dtype=np.float32) + 0.5) / rise)[:, None, None]
        before = below[:rise].astype(np.float32)
        below[:rise] = np.rint(before + (above[:rise] - before) * share).astype(np.uint8)
    below[rise:] = above[rise:]
