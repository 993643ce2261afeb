"""A run's numbers over its length, for plots: name -> line."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ganstudio.runs import events
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.history import numbers


class Line(NamedTuple):
    """`values[i]` was seen at `nimg[i]`; nimg grows."""

    nimg: tuple[int, ...]
    values: tuple[float, ...]


def load_series(run_dir: Path) -> dict[str, Line]:
    """Every number of every tick, by dotted name (`losses.d`, `grad_norms.g`, `d_real`, `img_per_s`), `probe.<name>` of
    every probe and `scores.<name>` of every evaluation. What a resume went back behind is left out.
    """
    found, _ = events.read_events(run_dir / events.NAME)
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for event in _standing(found):
        for name, value in numbers(event):
            lines[name].append((event["nimg"], value))
    return {name: Line(*zip(*points, strict=True)) for name, points in lines.items()}


def _standing(found: list[Event]) -> list[Event]:
    """Ticks, probes and evaluations in order, without those that a later start behind them threw away."""
    standing: list[Event] = []
    for event in found:
        if event["event"] in ("started", "resumed"):
            while standing and standing[-1]["nimg"] > event["nimg"]:
                standing.pop()
        elif event["event"] in ("tick", "probed", "evaluated"):
            standing.append(event)
    return standing


def smoothed(line: Line, share: float) -> Line:
    """An exponential average that begins at the first value, not at 0; what is not finite is left as it is."""
    average, weight, values = 0.0, 0.0, []
    for value in line.values:
        if math.isfinite(value):
            average, weight = share * average + (1 - share) * value, share * weight + (1 - share)
            value = average / weight
        values.append(value)
    return Line(line.nimg, tuple(values))


def thinned(line: Line, buckets: int) -> Line:
    """At most two points a bucket, its least and its largest value in their order; only finite ones."""
    points = [point for point in zip(*line, strict=True) if math.isfinite(point[1])]
    if len(points) <= 2 * buckets:
        return _line(points)
    size = len(points) / buckets
    kept: list[tuple[int, float]] = []
    for number in range(buckets):
        bucket = points[int(number * size) : int((number + 1) * size)]
        kept += sorted({min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])})
    return _line(kept)


def _line(points: Sequence[tuple[int, float]]) -> Line:
    return Line(*zip(*points, strict=True)) if points else Line((), ())
