"""Curves in few enough points to be drawn at once, however long a run is, and smoothed. Pure: no files, no front end.

Neighbours that fall together become one bucket, which keeps their least, their largest and their mean value: a spike
is seen at any width. `curves` fills buckets as a run goes on, a plot puts those that fall on one column of it together,
and `runs plot` thins by the same columns. The spans of `history` are no picture: they are written down and judged by.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Curve(NamedTuple):
    """Bucket i ends at `nimg[i]`, which grows."""

    nimg: tuple[int, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]
    means: tuple[float, ...]

    @property
    def last(self) -> float:
        return self.means[-1]

    def at(self, nimg: int) -> float:
        """The mean of the bucket nearest to `nimg`."""
        i = min(bisect_left(self.nimg, nimg), len(self.nimg) - 1)
        if i and nimg - self.nimg[i - 1] < self.nimg[i] - nimg:
            i -= 1
        return self.means[i]


class Column(NamedTuple):
    """What of a curve falls on column `x` of a plot."""

    x: int
    least: float
    most: float
    mean: float


class Buckets:
    """Buckets that are added to, a list for each of their numbers: so they are no work for the garbage collector."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.least: list[float] = []
        self.most: list[float] = []
        self.means: list[float] = []
        self.counts: list[int] = []

    def add(self, end: int, least: float, most: float, mean: float, count: int, joined: bool) -> None:
        """Adds the numbers of `count` values, to the last bucket where they are `joined`, else as a new one."""
        if not joined:
            self.ends.append(end)
            self.least.append(least)
            self.most.append(most)
            self.means.append(mean)
            self.counts.append(count)
            return
        self.ends[-1] = end
        self.least[-1] = min(self.least[-1], least)
        self.most[-1] = max(self.most[-1], most)
        self.counts[-1] += count
        share = count / self.counts[-1]
        self.means[-1] = self.means[-1] * (1 - share) + mean * share  # their difference may be beyond any number

    def halved(self) -> Buckets:
        """Each two neighbours joined."""
        fewer = Buckets()
        rows = zip(self.ends, self.least, self.most, self.means, self.counts, strict=True)
        for number, row in enumerate(rows):
            fewer.add(*row, joined=number % 2 == 1)
        return fewer

    def until(self, end: int) -> None:
        """Forgets the buckets that end after `end`."""
        while self.ends and self.ends[-1] > end:
            for column in (self.ends, self.least, self.most, self.means, self.counts):
                column.pop()

    def curve(self) -> Curve:
        return Curve(tuple(self.ends), tuple(self.least), tuple(self.most), tuple(self.means))


def columns_of(curve: Curve, window: tuple[int, int], width: int) -> list[Column]:
    """The buckets of a curve by column of a plot that is `width` columns wide, of the part inside the window."""
    first, last = window
    scale = (width - 1) / max(1, last - first)
    columns = Buckets()
    for nimg, least, most, mean in zip(*curve, strict=True):
        if first <= nimg <= last:
            x = round((nimg - first) * scale)
            columns.add(x, least, most, mean, 1, joined=bool(columns.ends) and columns.ends[-1] == x)
    return [Column(*row) for row in zip(*columns.curve(), strict=True)]


def thinned(nimg: Sequence[int], values: Sequence[float], width: int) -> list[tuple[int, float]]:
    """The finite points of a line, at most two of them for each of `width` columns: its least and its largest value."""
    points = [point for point in zip(nimg, values, strict=True) if math.isfinite(point[1])]
    if len(points) <= 2 * width:
        return points
    at, finite = zip(*points, strict=True)
    first, last = at[0], at[-1]
    kept: list[tuple[int, float]] = []
    for column in columns_of(Curve(at, finite, finite, finite), (first, last), width):
        place = first + round(column.x * (last - first) / (width - 1))
        near_least = not kept or abs(kept[-1][1] - column.least) <= abs(kept[-1][1] - column.most)
        ends = (column.least, column.most) if near_least else (column.most, column.least)
        kept += [(place, value) for value in ends]
    return kept


def smoothed(values: Iterable[float], share: float) -> list[float]:
    """An exponential average that begins at the first value, not at 0; what is not finite is left as it is."""
    average, weight, found = 0.0, 0.0, []
    for value in values:
        if math.isfinite(value):
            average, weight = share * average + (1 - share) * value, share * weight + (1 - share)
            value = average / weight
        found.append(value)
    return found
