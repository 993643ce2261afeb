"""A run's numbers over its length, read from its file into few enough buckets to be drawn at once.

A short run keeps every tick; where there are more than MOST, neighbours become one bucket. Reading goes on where it
stopped; a long file is first known by ticks at even distances in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from ganstudio.runs import events
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.downsampling import Buckets, Curve
from ganstudio.runs.metrics.history import MEASURED, numbers

MOST = 2048  # buckets of a curve
SPREAD = 4000  # ticks that a long file is first known by
LONG = 8 << 20  # bytes of a file that is read by SPREAD ticks first
_LINE = 4096  # bytes, of a line at most, in that first reading


class _Growing:
    """One number's buckets while a run goes on: `width` values to each, twice as many whenever there are over MOST."""

    def __init__(self) -> None:
        self.buckets = Buckets()
        self.width = 1

    def add(self, nimg: int, value: float) -> None:
        counts = self.buckets.counts
        self.buckets.add(nimg, value, value, value, 1, joined=bool(counts) and counts[-1] < self.width)
        if len(counts) > MOST:
            self.buckets = self.buckets.halved()
            self.width *= 2


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
                    growing.buckets.until(event["nimg"])
            elif event["event"] in MEASURED:
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
        return {name: growing.buckets.curve() for name, growing in self._growing.items() if growing.buckets.ends}


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
