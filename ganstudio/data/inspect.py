"""Finds odd pixels in a data set: equal, nearly equal and blank images.

Two images are nearly equal where their pixels, each image's shifted to mean 0 and scaled to standard deviation 1,
differ by at most NEAR in the root mean square: a correlation of 0.995. So a copy that was saved again as JPEG, resized
or given more contrast is found; one that was cropped, turned or mirrored is not, nor are two digits of a kind. Images
that belong together over several steps are one group.

Nothing is hashed to find them, for a perceptual hash of digits on black is mostly the black. The means and deviations
of 8 x 8 boxes, weighted by area, differ by no more than the pixels do: distances of 128 numbers rule out nearly all
pairs, none of them wrongly, and the pixels of those that are left are compared. 60,000 images take seconds, ten times
as many up to a hundred times as long.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.store import DataSet
from ganstudio.progress import Progress, no_progress
from ganstudio.workspace import write_json

_NAME, _VERSION = "check.json", 1  # the version changes with what is found

NEAR = 0.1
BLANK = 2.0  # standard deviation, of 255, below which an image is blank
_BOXES = 8  # along each side
_VALUES = 2**21  # of pixels, at a time
_BLOCK = 1024  # images whose distances to as many others are computed at once
_AXES = 16
_COMPARED = 2**31  # pixel values, at most, that are compared: some ten seconds

Groups = tuple[tuple[int, ...], ...]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PixelFindings:
    """Places of images in the data set; groups and their members are in order.

    Of equal images only the first takes part in `near`, blank ones do not; None where too many images are alike at a
    glance to compare them all.
    """

    duplicates: Groups
    near: Groups | None
    blank: tuple[int, ...]


def earlier_findings(data: DataSet) -> PixelFindings | None:
    """The findings of an earlier `check` of the same pixels; None where there are none."""
    try:
        table = json.loads((data.path / _NAME).read_bytes())
        if (table["version"], table["fingerprint"]) != (_VERSION, data.manifest.fingerprint):
            return None
        near = None if table["near"] is None else tuple(map(tuple, table["near"]))
        return PixelFindings(tuple(map(tuple, table["duplicates"])), near, tuple(table["blank"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(data: DataSet, progress: Progress = no_progress) -> PixelFindings:
    """Finds equal, nearly equal and blank images of a data set; the answer is kept beside them, where it can be."""
    if (known := earlier_findings(data)) is not None:
        return known
    findings = inspect(data.images(), progress)
    with suppress(OSError):  # a data directory that may only be read
        write_json(data.path / _NAME, {"version": _VERSION, "fingerprint": data.manifest.fingerprint, **vars(findings)})
    return findings


def inspect(images: NDArray[np.uint8], progress: Progress = no_progress) -> PixelFindings:
    """Finds equal, nearly equal and blank images among `images` [N, ...]; memory-mapped ones are read in parts."""
    statistics = _PixelStatistics(images, progress)
    blank = np.flatnonzero(statistics.deviations < BLANK)
    rest = np.setdiff1d(statistics.firsts, blank)
    return PixelFindings(
        statistics.duplicates, _near_duplicates(images, statistics, rest, progress), tuple(blank.tolist())
    )


class _PixelStatistics:
    """One pass over all images: which are equal, and of each its mean, its deviation and its boxes [N, 128]."""

    def __init__(self, images: NDArray[np.uint8], progress: Progress) -> None:
        count, self.values = len(images), math.prod(images.shape[1:])
        self.means, self.deviations = np.empty(count, np.float32), np.empty(count, np.float32)
        boxes: list[Floats] = []
        places_by_content: dict[bytes, list[int]] = {}
        for rows in _parts(count, self.values):
            block = np.ascontiguousarray(images[rows])
            for place, image in enumerate(block, rows.start):
                places_by_content.setdefault(hashlib.blake2b(image.data, digest_size=16).digest(), []).append(place)
            flat = block.reshape(len(block), -1).astype(np.float32)
            self.means[rows] = flat.mean(1)
            self.deviations[rows] = (flat - self.means[rows, None]).std(1)
            boxes.append(self._boxes(flat.reshape(len(block), -1, *images.shape[-2:]), rows))
            progress(rows.stop, 2 * count)
        self.boxes = np.concatenate(boxes)
        self.firsts = np.array([places[0] for places in places_by_content.values()])
        self.duplicates: Groups = tuple(tuple(places) for places in places_by_content.values() if len(places) > 1)

    def _boxes(self, pixels: Floats, rows: slice) -> Floats:
        """Mean and deviation of each box of `pixels` [n, H, W, C] standardized, times its share's root: [n, 128]."""
        height, width = pixels.shape[1:3]
        down, across = (np.linspace(0, side, min(_BOXES, side) + 1).astype(int) for side in (height, width))
        area = (np.diff(down)[:, None] * np.diff(across)).astype(np.float32)
        means, deviations = (of_all[rows, None, None, None] for of_all in (self.means, self.deviations))
        pixels = (pixels - means) / np.maximum(deviations, BLANK)

        def averaged(values: Floats) -> Floats:
            sums: Floats = np.add.reduceat(np.add.reduceat(values, down[:-1], axis=1), across[:-1], axis=2).mean(3)
            return sums / area

        means = averaged(pixels)
        deviations = np.sqrt(np.maximum(averaged(np.square(pixels)) - np.square(means), 0))
        boxes = np.stack([means, deviations], 1) * np.sqrt(area / (height * width))
        flat: Floats = boxes.reshape(len(pixels), -1).astype(np.float32)
        return flat


def _near_duplicates(
    images: NDArray[np.uint8], statistics: _PixelStatistics, rows: NDArray[np.intp], progress: Progress
) -> Groups | None:
    """Groups of nearly equal images among `rows`, by a search that leaves no pair out."""
    groups, compared = _DisjointSets(len(rows)), 0
    step = max(1, _VALUES // statistics.values)
    for done, found in _candidates(statistics.boxes[rows]):
        for start in range(0, len(found), step):
            pairs = found[start : start + step]
            pairs = pairs[groups.are_separate(pairs)]
            # what a seventh of the pixels adds to the difference can already be too much
            for stride in (7, 1):
                if (compared := compared + len(pairs) * statistics.values // stride) > _COMPARED:
                    return None
                pairs = pairs[_difference(images, statistics, rows[pairs], stride) <= NEAR]
            for one, other in pairs.tolist():
                groups.join(one, other)
        progress(len(images) + done * len(images) // len(rows), 2 * len(images))
    progress(2 * len(images), 2 * len(images))
    return tuple(tuple(int(rows[place]) for place in group) for group in groups.groups())


def _candidates(boxes: Floats) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Pairs [n, 2] whose boxes [N, 128] are within NEAR of each other, and how many points are done with, by blocks.

    The points are turned to their principal axes and sorted along the first. Blocks that lie further apart along it
    need no look; of the others the distance in the first few axes, one matrix product, leaves few pairs over.
    """
    if len(boxes) < 2:
        return
    points = boxes - boxes.mean(0)
    _, axes = np.linalg.eigh(points.T @ points)
    points = points @ axes[:, ::-1]
    order = np.argsort(points[:, 0], kind="stable")
    points = points[order]
    squares = np.square(points[:, :_AXES]).sum(1, keepdims=True)
    ones = np.ones_like(squares)
    left = np.hstack([-2 * points[:, :_AXES], squares, ones])
    right = np.hstack([points[:, :_AXES], ones, squares])
    limit = np.float32((1.001 * NEAR) ** 2)  # the margin is for rounding
    for start in range(0, len(points), _BLOCK):
        stop = min(start + _BLOCK, len(points))
        reach = int(np.searchsorted(points[:, 0], points[stop - 1, 0] + NEAR, "right"))
        for other in range(start, reach, _BLOCK):
            one, two = np.nonzero(left[start:stop] @ right[other : min(other + _BLOCK, reach)].T <= limit)
            one, two = one + start, two + other
            later = one < two
            one, two = one[later], two[later]
            near = np.square(points[one] - points[two]).sum(1) <= limit
            yield start, order[np.stack([one[near], two[near]], 1)]


def _difference(
    images: NDArray[np.uint8], statistics: _PixelStatistics, pairs: NDArray[np.intp], stride: int
) -> Floats:
    """Root mean square of the differences of standardized pixels, of each of the pairs [n, 2].

    With a `stride` only every so many-th pixel is looked at and the others count as equal: never too large.
    """
    sides = []
    for rows in pairs.T:
        pixels = images[rows].reshape(len(rows), statistics.values)[:, ::stride].astype(np.float32)
        sides.append((pixels - statistics.means[rows, None]) / statistics.deviations[rows, None])
    rms: Floats = np.sqrt(np.square(sides[0] - sides[1]).sum(1) / statistics.values)
    return rms


class _DisjointSets:
    """A disjoint-set forest of `count` things (union-find)."""

    def __init__(self, count: int) -> None:
        self._up = np.arange(count)

    def join(self, one: int, other: int) -> None:
        first, last = sorted(self._roots(np.array([one, other])).tolist())
        self._up[[one, other, last]] = first

    def are_separate(self, pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the two of each pair [n, 2] are in different groups so far."""
        roots = self._roots(pairs)
        separate: NDArray[np.bool_] = roots[:, 0] != roots[:, 1]
        return separate

    def groups(self) -> list[list[int]]:
        """The groups of two and more, in order."""
        groups: dict[int, list[int]] = {}
        for place, root in enumerate(self._roots(np.arange(len(self._up))).tolist()):
            groups.setdefault(root, []).append(place)
        return [group for group in groups.values() if len(group) > 1]

    def _roots(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        roots = self._up[places]
        while not np.array_equal(above := self._up[roots], roots):
            roots = above
        return roots


def _parts(count: int, values: int) -> Iterator[slice]:
    step = max(1, _VALUES // values)
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
