"""A run's numbers over its length, for plots: name -> line."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from ganstudio.runs import events
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.history import MEASURED, numbers


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
        elif event["event"] in MEASURED:
            standing.append(event)
    return standing
