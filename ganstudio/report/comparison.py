"""What is said of runs side by side: what came of each, and the knobs in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ganstudio.report.runs import best_score, scored, speed, state_words, trained
from ganstudio.runs.compare import Differences
from ganstudio.runs.store import RunView
from ganstudio.units import format_knob, format_number, format_seconds


class Row(NamedTuple):
    """`values` has one a run."""

    label: str
    values: tuple[str, ...]


def outcomes(runs: Sequence[RunView]) -> list[Row]:
    """What came of the runs, with the last value of every score that one of them has."""
    rows = [
        Row("state", tuple(map(state_words, runs))),
        Row("kimg", tuple(map(trained, runs))),
        Row("best", tuple(map(best_score, runs))),
        Row("img/s", tuple(map(speed, runs))),
        Row("time", tuple(format_seconds(run.state.elapsed_s) for run in runs)),
    ]
    for name, having in {name: run for run in reversed(runs) for name in run.state.scores}.items():
        scores = [run.state.scores.get(name) for run in runs]
        rows.append(Row(scored(having, name), tuple(format_number(score and score.value) for score in scores)))
    return rows


def differing_knobs(found: Differences) -> list[Row]:
    return [Row(key, tuple(map(format_knob, values))) for key, values in found.differing.items()]


def equal_knobs(found: Differences) -> str:
    """How many knobs are the same in all runs."""
    if not found.equal and not found.differing:
        return "imported runs have no knobs to compare"
    return f"{found.equal} knobs are equal{'' if found.differing else ': these runs were asked for the same'}"
