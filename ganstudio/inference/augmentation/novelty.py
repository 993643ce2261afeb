"""Near copies: how far a picture is from the nearest real image, by a distance that is cheap enough for every one.

The distance is the root mean square, in grey levels, between two thumbnails of 16 x 16 pixels (grey, averaged down,
brought to the same mean): brightness and fine detail do not count. A picture is called near where that distance to
some real image is no more than a limit, and the limit is measured on the real images themselves: a class's is the
lowest 1 % of the distances from its own images to the nearest other one (repeats, at distance 0, left out). About one
in a hundred pictures of a generator as good as the data itself is thus called near; many more is a generator that
copies.

What this is not: it sees pixels, not meaning. A copy that was moved or turned is not found, nor one that is hidden in
a larger picture. Two digits of one stroke may be near by chance, and a flat or blurred picture is near to much where
the real ones are full of noise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.store import DataSet
from ganstudio.half_blocks import GREY, over

SIDE = 16
QUANTILE = 0.01
_CALIBRATED = 4096  # real images whose nearest neighbour is looked for, spread over the classes
_FEWEST = 32  # of them in a class, however many classes there are
_ROWS = 8192  # real images compared at a time
_QUERIES = 256

Thumbnails = NDArray[np.int16]  # [N, SIDE * SIDE] unless told, of mean 0 up to rounding


def thumbnails(pixels: NDArray[np.uint8], side: int = SIDE) -> Thumbnails:
    """One a picture of `pixels` [N, H, W, C], of RGBA over grey, [N, side * side]."""
    small = np.empty((len(pixels), side * side), np.int16)
    for row, picture in zip(small, over(pixels, GREY), strict=True):
        grey = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture).convert("L")
        row[:] = np.asarray(grey.resize((side, side), Image.Resampling.BOX)).reshape(-1)
    small -= np.rint(small.mean(axis=1, keepdims=True)).astype(np.int16)
    return small


class Novelty:
    """The thumbnails of a data set's images, in a nameless file in `scratch`, and a limit for each class.

    `limits` are those of an earlier measurement, which then is not made again. The products of thumbnails are whole
    numbers below 2^24, which float32 holds exactly: what is near does not depend on how many are asked for at a time.
    """

    def __init__(self, data: DataSet, scratch: Path, limits: Sequence[float] | None = None) -> None:
        images, labels = data.images(), data.labels()
        squares = []
        with tempfile.TemporaryFile(dir=scratch) as file:
            # written, not mapped from the start: on a full disk a map dies of SIGBUS
            for start in range(0, len(images), _QUERIES):
                some = thumbnails(images[start : start + _QUERIES])
                file.write(some.tobytes())
                squares.append((some.astype(np.int64) ** 2).sum(axis=1))
            file.flush()
            self._real: Thumbnails = np.memmap(file, np.int16, "r", shape=(len(images), SIDE * SIDE))
        self._squares = np.concatenate(squares).astype(np.float32)
        self.limits = list(limits) if limits else self._measure(labels, len(data.manifest.classes))

    def distances(self, queries: Thumbnails, themselves: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """From each thumbnail to the nearest real image [n], in grey levels; the rows `themselves` do not count."""
        best = np.full(len(queries), np.inf, np.float32)
        nearest = np.zeros(len(queries), np.int64)
        left = queries.astype(np.float32)
        for start in range(0, len(self._real), _ROWS):
            squares = self._squares[start : start + _ROWS]
            right = self._real[start : start + _ROWS].astype(np.float32)
            apart = squares - 2 * (left @ right.T)  # the queries' own squares change no order
            if themselves is not None:
                here = np.flatnonzero((themselves >= start) & (themselves < start + len(squares)))
                apart[here, themselves[here] - start] = np.inf
            closest = apart.argmin(axis=1)
            value = apart[np.arange(len(queries)), closest]
            nearest = np.where(value < best, closest + start, nearest)
            best = np.minimum(value, best)
        differences = queries.astype(np.int64) - self._real[nearest]
        return np.where(np.isinf(best), np.inf, np.sqrt((differences**2).mean(axis=1)))

    def nearest(self, queries: Thumbnails, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows [n, k] of the `count` nearest real images, the nearest first, and how far they are [n, k]."""
        left, counted = queries.astype(np.float32), min(count, len(self._real))
        best = np.full((len(queries), counted), np.inf, np.float32)
        rows = np.zeros((len(queries), counted), np.int64)
        for start in range(0, len(self._real), _ROWS):
            squares = self._squares[start : start + _ROWS]
            apart = squares - 2 * (left @ self._real[start : start + _ROWS].astype(np.float32).T)
            values = np.concatenate([best, apart], axis=1)
            places = np.concatenate([rows, np.broadcast_to(start + np.arange(len(squares)), apart.shape)], axis=1)
            order = values.argsort(axis=1, kind="stable")[:, :counted]
            best, rows = np.take_along_axis(values, order, 1), np.take_along_axis(places, order, 1)
        differences = queries[:, None].astype(np.int64) - self._real[rows]
        return rows, np.sqrt((differences**2).mean(axis=2))

    def between_real(self, count: int) -> NDArray[np.float64]:
        """The distances of `count` real images, evenly spaced, to the nearest other; repeats are left out."""
        return self._neighbours(_evenly_spaced(np.arange(len(self._real)), count))

    def near(self, pixels: NDArray[np.uint8], class_index: int) -> NDArray[np.bool_]:
        """Which of `pixels` [n, H, W, C], drawn as this class, are near copies, [n]."""
        return self.distances(thumbnails(pixels)) <= self.limits[class_index]

    def _measure(self, labels: NDArray[np.int64] | None, classes: int) -> list[float]:
        """The limit of each class; that of all together where a class has no image that differs from others."""
        everything = np.arange(len(self._real))
        members = [everything] if labels is None else [np.flatnonzero(labels == index) for index in range(classes)]
        most = max(_FEWEST, _CALIBRATED // len(members))
        by_class = [self._neighbours(_evenly_spaced(rows, most)) for rows in members]
        overall = _lowest(np.concatenate(by_class))
        return [_lowest(distances) if len(distances) else overall for distances in by_class]

    def _neighbours(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distances above 0 from some real images to the nearest other."""
        parts: Iterable[NDArray[np.int64]] = (rows[n : n + _QUERIES] for n in range(0, len(rows), _QUERIES))
        distances = [self.distances(np.asarray(self._real[part]), part) for part in parts]
        all_of_them = np.concatenate(distances) if distances else np.empty(0)
        return all_of_them[(all_of_them > 0) & np.isfinite(all_of_them)]


def _evenly_spaced(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """`most` of `rows`, evenly spaced, or all."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def _lowest(distances: NDArray[np.float64]) -> float:
    """The quantile that is the limit; 0, which only an exact copy reaches, where there are no distances."""
    return float(np.quantile(distances, QUANTILE)) if len(distances) else 0.0
