"""Curves of a run in few enough points for a page, and the plots that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganstudio.report.panels import Panel, panels_for
from ganstudio.runs.direction import ARROWS, LOWER
from ganstudio.runs.metrics.downsampling import thinned
from ganstudio.runs.metrics.series import Line
from ganstudio.runs.store import RunView

COLUMNS = 400  # at most two points of a line stand in each
_DIGITS = 5


def curve_points(lines: Mapping[str, Line]) -> dict[str, dict[str, list[float]]]:
    """The finite points of each line by its name, at most 2 * COLUMNS of them: `kimg` and `values`."""
    found = {}
    for name, line in lines.items():
        if points := thinned(*line, COLUMNS):
            values = [float(f"{value:.{_DIGITS}g}") for _, value in points]
            found[name] = {"kimg": [nimg / 1000 for nimg, _ in points], "values": values}
    return found


def plots(runs: Iterable[RunView], names: Iterable[str]) -> list[dict[str, Any]]:
    """The plots of these series, each with the series that it draws and what the legend calls them."""
    known = list(dict.fromkeys(names))
    better = {name: way for run in runs for name, way in run.state.better.items()}
    found = []
    for panel in panels_for(known):
        series = [
            {"name": name, "label": label + (ARROWS[better.get(label, LOWER)] if panel.of_scores else "")}
            for name in known
            if (label := _label(panel, name)) is not None
        ]
        if series:
            found.append({"title": panel.title, "series": series})
    return found


def _label(panel: Panel, name: str) -> str | None:
    """What a panel's legend calls a series; None where it does not draw it."""
    for beginning, word in panel.series:
        if name == beginning or (beginning.endswith(".") and name.startswith(beginning)):
            return word or name.partition(".")[2]
    return None
