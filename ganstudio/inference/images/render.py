"""One picture through a network: filled up to a size that it takes, tile by tile where it is large, and cut back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganstudio.inference.images.channels import from_network, to_network
from ganstudio.inference.images.giant import pixel_array
from ganstudio.inference.images.model import NOTHING, ImageModel
from ganstudio.inference.images.tiles import (
    LARGEST_OVERLAP,
    Span,
    Tile,
    Tiling,
    fixed_tiling,
    stitch,
    tiling_for,
)
from ganstudio.progress import Progress


@dataclass(frozen=True)
class Cut:
    """How large tiles may be: at most `pixels` of the source, or `side` x `side` where the user chose that.

    `overlap` is the user's too; else it is as far as the network looks.
    """

    pixels: int
    side: int | None = None
    overlap: int | None = None

    def tiling(self, model: ImageModel, size: tuple[int, int]) -> Tiling:
        """The tiles of a picture of `size`, one that the network takes. Raises UsageError: tiles of overlap alone."""
        if model.fixed:
            return fixed_tiling(size, model.fixed)
        radius, step = model.manifest.radius, model.manifest.multiple
        overlap = min(LARGEST_OVERLAP, LARGEST_OVERLAP if radius is None else radius)
        return tiling_for(
            size, self.pixels, self.overlap if self.overlap is not None else overlap, radius, step, self.side
        )


class Seams(NamedTuple):
    """The largest difference, in levels of 255, between a picture made in tiles and one made at once.

    `whole` is False where the picture is too large for that, and a place where four tiles meet was looked at.
    """

    levels: int
    whole: bool


class Renderer:
    """A picture in front of a network: its canvas [H, W, K], and a mask [H, W] of what is to be filled in.

    `channels` are those of what comes out, K unless the network changes them; `given` is what the network takes
    besides.
    """

    def __init__(
        self,
        model: ImageModel,
        canvas: NDArray[np.uint8],
        channels: int,
        given: Mapping[str, ArrayLike] = NOTHING,
        mask: NDArray[np.bool_] | None = None,
    ) -> None:
        self.model, self.channels, self.given = model, channels, given
        height, width = canvas.shape[:2]
        self.size = (height, width)
        self.padded = model.padded_size(self.size)
        self.canvas = filled_up(canvas, self.padded)
        below, right = self.padded[0] - height, self.padded[1] - width
        self.mask = None if mask is None else np.pad(mask, ((0, below), (0, right)))

    def render(self, tiling: Tiling, scratch: Path, tick: Progress) -> NDArray[np.uint8]:
        """Pixels uint8 [scale * H, scale * W, channels]; of a giant picture they lie in a file without a name there.

        `tick` is told how many tiles are begun, and of how many.

        Where nothing is to be filled in they are the picture's own. Raises StudioError where onnxruntime fails.
        """
        scale = self.model.scale
        out = pixel_array((self.padded[0] * scale, self.padded[1] * scale, self.channels), scratch)
        if self.mask is not None:
            out[:] = self.canvas
        begun, count = itertools.count(), tiling.count

        def made(tile: Tile) -> NDArray[np.uint8] | None:
            tick(next(begun), count)
            return self._made(tile)

        stitch(tiling, scale, made, out)
        tick(count, count)
        return out[: self.size[0] * scale, : self.size[1] * scale]

    def seams(self, pixels: NDArray[np.uint8], tiling: Tiling, cut: Cut) -> Seams | None:
        """How much the tiles of `pixels`, which `render` made, show; None where there are none."""
        if tiling.count == 1:
            return None
        whole = self.padded[0] * self.padded[1] <= cut.pixels
        tile = Tile(*(Span(0, side, 0, side) for side in self.padded)) if whole else _over_a_corner(tiling)
        made = self._made(tile)
        if made is None:  # nothing was to be filled in there
            return None
        scale = self.model.scale
        (top, bottom), (left, right) = (
            (span.first, min(span.last, side)) for span, side in zip(tile, self.size, strict=True)
        )
        inside = made[(top - tile.rows.start) * scale : (bottom - tile.rows.start) * scale]
        inside = inside[:, (left - tile.columns.start) * scale : (right - tile.columns.start) * scale]
        there = pixels[top * scale : bottom * scale, left * scale : right * scale]
        return Seams(int(np.abs(inside.astype(np.int16) - there).max(initial=0)), whole)

    def _made(self, tile: Tile) -> NDArray[np.uint8] | None:
        """What the network makes of all that a tile sees; None where nothing in it is to be filled in."""
        there = slice(tile.rows.start, tile.rows.stop), slice(tile.columns.start, tile.columns.stop)
        source = to_network(self.canvas[there], self.model.channels)
        if self.mask is None:
            return from_network(self.model.run(source, self.given), self.channels)
        hole = self.mask[there]
        if not hole.any():
            return None
        source[:, :, hole] = 0
        masks = np.broadcast_to(hole.astype(np.float32), (len(source), 1, *hole.shape))
        return from_network(self.model.run(source, self.given, masks), self.channels)


def filled_up(canvas: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A canvas [H, W, K] of `size`, with what is missing below and at the right mirrored; itself where nothing is."""
    below, right = size[0] - canvas.shape[0], size[1] - canvas.shape[1]
    return np.pad(canvas, ((0, below), (0, right), (0, 0)), "reflect") if below or right else canvas


def size_notes(model: ImageModel, tiling: Tiling) -> tuple[str, ...]:
    """What is said of a picture that a network cannot be shown at once, though it looks at all of one."""
    name = model.path.stem
    if tiling.count == 1:
        return ()
    if model.fixed:
        height, width = model.fixed
        return (f"larger than the {width}x{height} px that {name} takes: made in overlapping tiles, blended",)
    if model.manifest.radius is None:
        return (f"larger than memory allows {name}: made in overlapping tiles, blended",)
    return ()


def _over_a_corner(tiling: Tiling) -> Tile:
    """A tile whose middle is where others meet; what is compared of it is as far around as they overlap."""
    seam = next((tile for tile in tiling.tiles() if tile.rows.first and tile.columns.first), None)
    spans = []
    for axis, (side, length) in enumerate(zip(tiling.size, tiling.tile, strict=True)):
        if length == side:
            spans.append(Span(0, side, 0, side))
            continue
        first = seam[axis].first if seam else next(t[axis].first for t in tiling.tiles() if t[axis].first)
        start = min(max(first - length // 2, 0), side - length) // tiling.step * tiling.step
        spans.append(Span(start, start + length, max(first - tiling.overlap, 0), min(first + tiling.overlap, side)))
    return Tile(*spans)
