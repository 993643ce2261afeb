"""The table of `ganstudio runs list`: a line for each run, and the runs of a sweep together under a heading."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ganstudio.cli.output import paint, print_table
from ganstudio.report.runs import MARKS, speed, trained
from ganstudio.runs.store import RunView
from ganstudio.units import format_number, format_seconds

_HEADER = ("", "run", "state", "data", "kimg", "best", "img/s", "time")
_STYLES = {
    **{"finished": "green", "prepared": "dim", "stopped": "dim"},
    **{"failed": "red", "crashed": "red", "paused": "yellow"},
}


def print_runs(runs: Sequence[RunView]) -> None:
    """Prints runs in their order; a sweep stands where its first run does."""
    groups: dict[str, list[RunView]] = {}
    for run in runs:
        groups.setdefault(run.record.group or run.id, []).append(run)
    rows: list[Sequence[str] | str] = []
    for name, members in groups.items():
        if members[0].record.group:
            rows.append(_heading(name, members))
        rows += [_row(member) for member in members]
    print_table(_HEADER, rows, right=(4, 5, 6, 7))


def _heading(name: str, members: Sequence[RunView]) -> str:
    """`▾ GROUP  mnist, 4 runs over training.batch, seed; best GROUP-2 with 4.31`"""
    count = f"{len(members)} run{'s' if len(members) > 1 else ''}"
    keys = ", ".join(dict.fromkeys(key for member in members for key in member.record.sweep))
    scored = [(member.state.best.value, member.id) for member in members if member.state.best]
    best = f"; best {min(scored)[1]} with {format_number(min(scored)[0])}" if scored else ""
    return f"▾  {paint(name, 'bold', sys.stdout)}  {members[0].record.data['name']}, {count} over {keys}{best}"


def _row(run: RunView) -> tuple[str, ...]:
    state = run.state
    mark, style = MARKS[run.status], _STYLES.get(run.status, "cyan")
    ahead = f" ({len(state.ahead)} ahead)" if run.status == "queued" and state.ahead else ""
    return (
        paint(mark, style, sys.stdout),
        f"  {run.id}" if run.record.group else run.id,
        paint(run.status, style, sys.stdout) + ahead,
        # The heading names the data, its runs say what they differ in.
        sweep_text(run.record.sweep) if run.record.group else run.record.data["name"],
        trained(run),
        format_number(state.best.value if state.best else None),
        speed(run),
        format_seconds(state.elapsed_s),
    )


def sweep_text(values: Mapping[str, Any]) -> str:
    """`{"training.batch": 64, "seed": 1}` -> `batch=64 seed=1`; whole keys where their ends are alike."""
    ends = [key.rpartition(".")[2] for key in values]
    names = ends if len(set(ends)) == len(ends) else list(values)
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in zip(names, values.values(), strict=True)
    )
