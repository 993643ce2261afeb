"""Contact sheets: some of a data set's images, with every class among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.store import DataSet
from ganstudio.half_blocks import over_checkerboard
from ganstudio.inference.pixels import strips

COLUMNS = 8
MOST_CLASSES = 16  # more than this and a column a class would be too wide
FRAMES = 8  # of a clip, or slices of a voxel grid


def contact_tiles(data: DataSet, rows: int) -> tuple[NDArray[np.uint8], int]:
    """Tiles [n, H, W, C] and how many of them make a row.

    Where there are few classes each has a column, or, of clips and voxel grids, whose frames or slices take a row, a
    row; what a class lacks is black. Else the tiles are spread evenly over classes, or over the set. Transparent images
    stand on a checkerboard. Of pictures that come in pairs, what each is made from stands at its left.
    """
    classes = len(data.manifest.classes)
    few = 1 < classes <= MOST_CLASSES
    lines = classes if few else COLUMNS
    lines = lines if few or data.manifest.source_shape is None else lines // 2
    columns, count = (lines, lines * rows) if data.manifest.depth is None else (1, lines)
    labels = data.labels()
    if labels is None:
        chosen = np.linspace(0, data.manifest.count - 1, min(count, data.manifest.count)).round().astype(int)
    else:
        wanted = np.arange(count) % classes if few else np.arange(count) * classes // count
        chosen = _members(labels, wanted)
    rows_of_set = np.maximum(chosen, 0)
    tiles = over_checkerboard(data.images()[rows_of_set])
    if (sources := data.sources()) is not None:
        tiles = _beside(over_checkerboard(sources[rows_of_set]), tiles)
    tiles[chosen < 0] = 0
    return strips(tiles, FRAMES), columns


def _beside(sources: NDArray[np.uint8], images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Both in one tile [n, H, 2 * W, C], pixels of a smaller source repeated; grey becomes RGB beside colour."""
    times = images.shape[1] // sources.shape[1]
    sides = [sources.repeat(times, 1).repeat(times, 2), images]
    channels = max(side.shape[-1] for side in sides)
    return np.concatenate([np.broadcast_to(side, (*side.shape[:-1], channels)) for side in sides], 2)


def _members(labels: NDArray[np.int64], wanted: NDArray[np.intp]) -> NDArray[np.intp]:
    """An image of each class that is wanted, spread evenly over the class; -1 where the class has no more."""
    chosen = np.full(len(wanted), -1)
    for k in np.unique(wanted):
        places, members = np.flatnonzero(wanted == k), np.flatnonzero(labels == k)
        some = min(len(places), len(members))
        if some:
            chosen[places[:some]] = members[np.linspace(0, len(members) - 1, some).round().astype(int)]
    return chosen
