"""What a tracker is given: numbers, pictures and texts, each at a step, as a run's events hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio.recipe.plain_numbers import is_schedule
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.history import MEASURED, numbers
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.names import FINDINGS, GENERATED, tag_of


class Scalar(NamedTuple):
    """`name` is our own: `losses.d`, `scores.FD[lenet]-5k`."""

    step: int
    time: float  # seconds since 1970: the run's beginning and the time that it trained
    name: str
    value: float

    @property
    def tag(self) -> str:
        return tag_of(self.name)


class Picture(NamedTuple):
    """A PNG file of the run."""

    step: int
    time: float
    tag: str
    path: Path


class Text(NamedTuple):
    step: int
    time: float
    tag: str
    text: str


Record = Scalar | Picture | Text


def began_at(record: RunRecord) -> float:
    """When a run was made, in seconds since 1970; 0 where its record has no date that can be read."""
    try:
        return datetime.fromisoformat(record.created).timestamp()
    except ValueError:
        return 0.0


def records_of(event: Event, run_dir: Path, began: float) -> Iterator[Record]:
    """The numbers or the picture of one event of the run in `run_dir`."""
    step, time = event["nimg"], began + event["time_s"]
    if event["event"] in MEASURED:
        for name, value in numbers(event):
            yield Scalar(step, time, name, float(value))
    elif event["event"] == "samples":
        yield Picture(step, time, GENERATED, run_dir / event["path"])


def findings_text(findings: list[dict[str, Any]], step: int, time: float) -> Text:
    """The findings of `diagnose` as Markdown."""
    lines = [_finding_line(one) for one in findings]
    return Text(step, time, FINDINGS, "\n".join(lines) or "Nothing is wrong that shows in the numbers so far.")


def _finding_line(finding: dict[str, Any]) -> str:
    then = finding["remedy"] or finding["advice"] or ""
    return (
        f"- **{finding['severity']}** ({finding['rule']}): {finding['symptom']} {finding['evidence']}. {then}".rstrip()
    )


def hyperparameters(record: RunRecord) -> dict[str, str | float | bool]:
    """Dotted knob -> value: the whole recipe, the data, the seed, the versions. What is no number stands as text."""
    head = {"preset": record.preset, "data": record.data["name"], "seed": record.seed, "parent": record.parent}
    table = {**head, "device": record.device, **_dotted(record.recipe, ""), **_dotted(record.versions, "versions.")}
    return {key: _plain(value) for key, value in table.items() if value is not None}


def _dotted(table: dict[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and value and not is_schedule(value):
            found |= _dotted(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _plain(value: Any) -> str | float | bool:
    return value if isinstance(value, str | int | float) else json.dumps(value)
