"""The columns of the table of runs: what each shows, how wide it is, and what it is sorted by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from rich.text import Text
from textual.content import Content

from ganstudio.report.runs import (
    FINDING_MARKS,
    MARKS,
    best_score,
    best_with_arrow,
    remaining_s,
    scored,
    speed,
    trained,
)
from ganstudio.runs.direction import LOWER, rank
from ganstudio.tui.snapshots import RunRow
from ganstudio.tui.widgets.sparkline import sparkline
from ganstudio.units import format_kimg, format_number, format_seconds

# Colours are the theme's, by name.
STATE_COLOURS = {
    **{"running": "success", "queued": "primary", "paused": "warning", "stopping": "warning", "finished": "success"},
    **{"stopped": "faint", "prepared": "primary", "failed": "error", "crashed": "error", "imported": "faint"},
}
FINDING_COLOURS = {"error": "error", "warning": "warning", "info": "primary"}
# As Content is styled: Textual's own colours for text.
TEXT_STYLES = {"error": "$text-error", "warning": "$text-warning", "info": "$faint"}
WIDEST = 200  # a table that has room for every column


def joined(parts: Sequence[str]) -> str:
    """Returns the parts that are not empty, with dots between."""
    return " · ".join(part for part in parts if part)


class RunColumn(NamedTuple):
    """A column of the table of runs. `width` in cells, with the space after it; 0 takes what is left.

    `order` returns what the table is sorted by.
    """

    name: str
    width: int
    show: Callable[[RunRow], Text]
    order: Callable[[RunRow], Any]
    right: bool = False


def _state(row: RunRow) -> Text:
    return Text(MARKS[row.view.status], STATE_COLOURS[row.view.status])


def _status(row: RunRow) -> Text:
    ahead = len(row.view.state.ahead) if row.view.status == "queued" else 0
    return Text(f"{row.view.status}{f' ({ahead})' if ahead else ''}", STATE_COLOURS[row.view.status])


def _kimg(row: RunRow) -> Text:
    return Text(trained(row.view))


def last_score(row: RunRow) -> float | None:
    return next((score.value for score in row.view.state.scores.values()), None)


def _best(row: RunRow) -> Text:
    """The best score; the column's name says that lower is better, so one that should be high says that of itself."""
    return Text(best_with_arrow(row.view))


def _score_order(row: RunRow, value: float | None) -> tuple[bool, bool, float]:
    """The better first; scores of two directions do not compare, and what has none comes last."""
    better = row.view.state.best_is
    placed = rank(value, better)
    return math.isinf(placed), better != LOWER, placed


def _trend_order(row: RunRow) -> float:
    """The run whose score has gained most comes first."""
    if len(row.trend) < 2:
        return math.inf
    return rank(row.trend[-1] - row.trend[0], row.view.state.best_is)


def eta(row: RunRow) -> str:
    if not row.view.live:
        return "–"
    left = remaining_s(row.view, row.view.minutes)
    return format_seconds(left) if left is not None else "…"


def _finding(row: RunRow) -> Text:
    if row.view.state.error and row.view.status == "failed":
        return Text(f"✗ {row.view.state.error.get('message', '')}", "error")
    if not row.findings:
        return Text("" if row.findings is not None else "…", "faint")
    worst = row.findings[0]
    return Text(f"{FINDING_MARKS[worst.severity]} {worst.symptom}", FINDING_COLOURS[worst.severity])


def _rank(row: RunRow) -> tuple[int, float]:
    return row.findings[0].rank if row.findings else (9, 0.0)


def _number(value: float | None) -> Text:
    return Text(format_number(value))


_STATE = RunColumn("", 2, _state, lambda row: row.view.status)
_NAME = RunColumn("name", 22, lambda row: Text(row.id), lambda row: row.id)
_STATUS = RunColumn("state", 10, _status, lambda row: row.view.status)
_PRESET = RunColumn("preset", 13, lambda row: Text(row.view.record.preset), lambda row: row.view.record.preset)
_DATA = RunColumn("data", 13, lambda row: Text(row.view.record.data["name"]), lambda row: row.view.record.data["name"])
_KIMG = RunColumn("kimg", 12, _kimg, lambda row: -row.view.state.nimg, right=True)
_LESS = RunColumn("kimg", 7, lambda row: Text(format_kimg(row.view.state.nimg)), _KIMG.order, right=True)
_BEST = RunColumn(
    *("best↓", 7, _best),
    lambda row: _score_order(row, row.view.state.best.value if row.view.state.best else None),
    right=True,
)
_LAST = RunColumn(
    *("last", 7, lambda row: _number(last_score(row))), lambda row: _score_order(row, last_score(row)), right=True
)
_ACCURACY = RunColumn(
    *("D-acc", 6, lambda row: _number(row.d_accuracy), lambda row: -(row.d_accuracy or 0.0)),
    right=True,
)
_RATE = RunColumn(
    *("img/s", 7, lambda row: Text(speed(row.view))),
    lambda row: -(row.view.state.img_per_s or 0),
    right=True,
)
_ETA = RunColumn("eta", 9, lambda row: Text(eta(row)), lambda row: row.view.status != "running", right=True)
_FINDING = RunColumn("finding", 0, _finding, _rank)


def _trend(width: int) -> RunColumn:
    return RunColumn(
        *("trend", width + 1, lambda row: Text(sparkline(row.trend, width), "primary")),
        _trend_order,
    )


@cache
def columns_for(width: int) -> tuple[RunColumn, ...]:
    """Returns the columns for a table of `width` cells; the finding takes the width that is left."""
    if width < 72:
        return (_STATE, _NAME._replace(width=17), _LESS, _BEST, _trend(7), _FINDING)
    if width < 116:
        return (
            *(_STATE, _NAME._replace(width=17), _LESS, _BEST, _LAST, _trend(6)),
            *(_ACCURACY, _RATE, _ETA._replace(width=8), _FINDING),
        )
    return (
        *(_STATE, _NAME, _STATUS, _PRESET, _DATA, _KIMG, _BEST, _LAST, _trend(12), _ACCURACY, _RATE, _ETA, _FINDING),
    )


def about(row: RunRow) -> Content:
    """Returns a few lines on one run, for beside its preview."""
    view, state = row.view, row.view.state
    scores = [f"{scored(view, name)} {format_number(score.value)}" for name, score in state.scores.items()]
    best = f"best {best_score(view)}" if state.best else ""
    rate = f"{speed(view)} img/s" if state.img_per_s else ""
    where = joined([str(view.record.data["name"]), state.device or "", state.precision or ""])
    lines = [
        Content.styled(row.id, "b"),
        Content(joined([view.record.preset, where])),
        Content(joined([view.status, f"{trained(view)} kimg", rate])),
        *([Content(f"{eta(row)} left")] if view.status == "running" else []),
        *([Content(joined([*scores, best]))] if scores else []),
    ]
    if state.error:
        lines.append(Content.styled(str(state.error.get("message", "")), "$text-error"))
    lines += [
        Content.styled(f"{FINDING_MARKS[finding.severity]} {finding.symptom}", TEXT_STYLES[finding.severity])
        for finding in (row.findings or ())[:2]
    ]
    return Content("\n").join(lines)


def checked_row(row: RunRow) -> RunRow:
    """Returns `row` after making all its text once, so that a damaged run raises here and not on the screen."""
    for column in columns_for(WIDEST):
        column.show(row)
        column.order(row)
    about(row)
    _ = row.view.record.recipe["data"]["resolution"], row.view.record.size
    return row
