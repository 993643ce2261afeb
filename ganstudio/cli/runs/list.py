"""`ganstudio runs list`: a line for each run, and the runs of a sweep together under a heading."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from ganstudio.cli.output import note, paint, print_json, print_table
from ganstudio.cli.runs.run_json import run_json
from ganstudio.errors import StudioError
from ganstudio.report.runs import MARKS, best_with_arrow, speed, trained
from ganstudio.runs import store
from ganstudio.runs.direction import rank
from ganstudio.runs.store import RunView
from ganstudio.units import format_number, format_seconds
from ganstudio.workspace import Workspace

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_HEADER = ("", "run", "state", "data", "kimg", "best↓", "img/s", "time")
_STYLES = {
    **{"finished": "green", "prepared": "dim", "stopped": "dim"},
    **{"failed": "red", "crashed": "red", "paused": "yellow"},
}


def list_runs(as_json: _Json = False) -> None:
    """List every run, oldest first.

    \b
    Example:
      ganstudio runs list
    """
    runs = store.list_runs(Workspace.locate(), damaged=_note_left_out)
    if as_json:
        print_json([table for run in runs if (table := _json_or_left_out(run))])
    elif runs:
        print_runs(runs)
        hint_at_resume(runs)
    else:
        note(f"no runs in {Workspace.locate().runs}")
        note(f"{paint('try:', 'cyan', sys.stderr)} ganstudio train dcgan --data mnist")


def _note_left_out(error: StudioError) -> None:
    note(f"left out: {error.message}")


def _json_or_left_out(run: RunView) -> dict[str, Any] | None:
    try:
        return run_json(run)
    except StudioError as error:
        _note_left_out(error)
        return None


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


def hint_at_resume(runs: Sequence[RunView], group: str | None = None) -> None:
    """Notes which runs crashed, if any, and how to resume one of them, or the unfinished runs of the sweep `group`."""
    crashed = [run.id for run in runs if run.status == "crashed"]
    if not crashed:
        return
    named = f"{', '.join(crashed[:3])}{f' and {len(crashed) - 3} more' if crashed[3:] else ''}"
    note(f"crashed: {named}: the process is gone without a word")
    note(f"{paint('try:', 'cyan', sys.stderr)} ganstudio runs resume {group or crashed[-1]}")


def _heading(name: str, members: Sequence[RunView]) -> str:
    """`▾ GROUP  mnist, 4 runs over training.batch, seed; best GROUP-2 with 4.31`"""
    count = f"{len(members)} run{'s' if len(members) > 1 else ''}"
    keys = ", ".join(dict.fromkeys(key for member in members for key in member.record.sweep))
    scored = [member for member in members if member.state.best]
    best = f"; best {_best_of(scored)}" if scored else ""
    return f"▾  {paint(name, 'bold', sys.stdout)}  {members[0].record.data['name']}, {count} over {keys}{best}"


def _best_of(scored: Sequence[RunView]) -> str:
    """`GROUP-2 with 4.31`: of the runs whose score is better the same way as the first one's."""
    way = scored[0].state.best_is
    bests = [(best.value, run.id) for run in scored if (best := run.state.best) and run.state.best_is == way]
    value, name = min(bests, key=lambda one: (rank(one[0], way), one[1]))
    return f"{name} with {format_number(value)}"


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
        best_with_arrow(run),
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
