"""A run's numbers over its length, in few enough buckets to be drawn at once, however long it is.

A short run keeps every tick. Where there are more ticks than MOST, neighbours become one bucket that remembers its
least, its largest and its mean value, so that a spike is seen at any width. Reading goes on where it stopped; a long
file is first known by ticks at even distances in it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ganstudio.runs import events
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.history import numbers

MOST = 2048  # buckets of a curve
SPREAD = 4000  # ticks that a long file is first known by
LONG = 8 << 20  # bytes of a file that is read by SPREAD ticks first
_LINE = 4096  # bytes, of a line at most, in that first reading
_DRAWN = ("tick", "probed", "evaluated")


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


class _Growing:
    """A curve that is added to."""

    def __init__(self) -> None:
        self.nimg: list[int] = []
        self.least: list[float] = []
        self.most: list[float] = []
        self.means: list[float] = []
        self.counts: list[int] = []
        self.width = 1  # values to a full bucket

    def add(self, nimg: int, value: float) -> None:
        if self.counts and self.counts[-1] < self.width:
            count = self.counts[-1] + 1
            self.nimg[-1], self.counts[-1] = nimg, count
            self.least[-1] = min(self.least[-1], value)
            self.most[-1] = max(self.most[-1], value)
            self.means[-1] += (value - self.means[-1]) / count
            return
        self.nimg.append(nimg)
        self.least.append(value)
        self.most.append(value)
        self.means.append(value)
        self.counts.append(1)
        if len(self.counts) > MOST:
            self._halve()

    def _halve(self) -> None:
        """Each two neighbours become one."""
        count = len(self.counts)
        pairs = range(0, count - 1, 2)
        odd = slice(count - 1, count) if count % 2 else slice(0, 0)
        totals = [self.counts[i] + self.counts[i + 1] for i in pairs]
        sums = [self.means[i] * self.counts[i] + self.means[i + 1] * self.counts[i + 1] for i in pairs]
        self.means = [both / total for both, total in zip(sums, totals, strict=True)] + self.means[odd]
        self.least = [min(self.least[i], self.least[i + 1]) for i in pairs] + self.least[odd]
        self.most = [max(self.most[i], self.most[i + 1]) for i in pairs] + self.most[odd]
        self.nimg = [self.nimg[i + 1] for i in pairs] + self.nimg[odd]
        self.counts = totals + self.counts[odd]
        self.width *= 2

    def until(self, nimg: int) -> None:
        """Forgets what was told after `nimg`."""
        while self.nimg and self.nimg[-1] > nimg:
            for column in (self.nimg, self.least, self.most, self.means, self.counts):
                column.pop()

    def curve(self) -> Curve:
        return Curve(tuple(self.nimg), tuple(self.least), tuple(self.most), tuple(self.means))


class Curves:
    """The numbers of metrics.jsonl by dotted name, as `history.numbers` calls them, up to byte `offset`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self._growing: dict[str, _Growing] = {}

    def read(self, most_bytes: int | None = None) -> bool:
        """Whether there was news past `offset`; at most about so many bytes are read."""
        found, offset = events.read_events(self.path, self.offset, most_bytes)
        news = offset != self.offset
        self.offset = offset
        self.add(found)
        return news

    def spread(self, ticks: int = SPREAD) -> None:
        """Knows the file by the lines at `ticks` even distances in it, then stands at its end."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            self.add(event for i in range(ticks) if (event := _line_after(file, size * i // ticks)) is not None)
        self.offset = _last_line_end(self.path, size)

    def add(self, found: Iterable[Event]) -> None:
        for event in found:
            if event["event"] in ("started", "resumed"):
                for growing in self._growing.values():
                    growing.until(event["nimg"])
            elif event["event"] in _DRAWN:
                self._add(event)

    def _add(self, event: Event) -> None:
        nimg = event["nimg"]
        for name, value in numbers(event):
            # NaN and Inf have no place on an axis; NaN - NaN is not 0 either
            if value - value == 0:
                if name not in self._growing:
                    self._growing[name] = _Growing()
                self._growing[name].add(nimg, value)

    def snapshot(self) -> Mapping[str, Curve]:
        return {name: growing.curve() for name, growing in self._growing.items() if growing.nimg}


def _line_after(file: BinaryIO, offset: int) -> Event | None:
    """The first event that begins at or after byte `offset`."""
    file.seek(max(0, offset - 1))
    block = file.read(_LINE)
    begin = 0 if offset == 0 else block.find(b"\n") + 1
    end = block.find(b"\n", begin)
    if (offset and not begin) or end < 0:
        return None
    return events.parse(block[begin:end])


def _last_line_end(path: Path, size: int) -> int:
    """Where the last whole line before byte `size` ends."""
    with path.open("rb") as file:
        start = max(0, size - (1 << 16))
        file.seek(start)
        return start + file.read(size - start).rfind(b"\n") + 1
