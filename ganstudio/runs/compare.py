"""Compares runs: the knobs of their records, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ganstudio.recipe.plain_numbers import is_schedule
from ganstudio.runs.record import RunRecord
from ganstudio.runs.store import RunView


class Differences(NamedTuple):
    """`differing`: dotted knob -> its value in each record, None where a record has no such knob; `equal`: how many
    knobs are the same in all.
    """

    differing: dict[str, tuple[Any, ...]]
    equal: int


def differences(runs: Sequence[RunView]) -> Differences:
    """The knobs that differ between runs, as they are now: what was changed while a run trained counts.

    A run that was imported has no knobs: its values are None, and differ from none.
    With fewer than two others there is nothing to compare.
    """
    imported = [run.status == "imported" for run in runs]
    tables = [
        {} if run.status == "imported" else knobs(run.record) | {c["key"]: c["to"] for c in run.state.changes}
        for run in runs
    ]
    # in the order of the schema, which every record keeps; what only a later record has comes last
    keys = list(dict.fromkeys(key for table in tables for key in table))
    rows = {key: tuple(table.get(key) for table in tables) for key in keys}
    own = [place for place, skipped in enumerate(imported) if not skipped]
    if len(own) < 2:
        return Differences({}, 0)
    differing = {key: row for key, row in rows.items() if any(row[place] != row[own[0]] for place in own)}
    return Differences(differing, len(rows) - len(differing))


def knobs(record: RunRecord) -> dict[str, Any]:
    """Dotted knob -> value, everything that a run was started with."""
    return dict(_knobs(record))


def _knobs(record: RunRecord) -> Iterator[tuple[str, Any]]:
    yield from (
        ("preset", record.preset),
        ("data", record.data["name"]),
        ("data.fingerprint", _short_fingerprint(record)),
    )
    yield from (("seed", record.seed), ("device", record.device), ("processes", record.processes))
    yield from (("minutes", record.minutes), ("stop_when", record.stop_when), ("patience", record.patience))
    yield from (("parent", record.parent), ("architecture.py", record.architecture_sha256))
    # a preset's one sentence is no knob
    recipe = {key: value for key, value in record.recipe.items() if key != "summary"}
    if isinstance(task := recipe.get("task"), str):  # as earlier versions wrote it
        recipe["task"] = {"kind": task}
    yield from _dotted(recipe, "")


def _short_fingerprint(record: RunRecord) -> str:
    return str(record.data.get("fingerprint", ""))[:12]


def _dotted(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Dotted keys as `--set` takes them; entries of a list of tables stand under their kind."""
    for key, value in table.items():
        match value:
            case dict() if is_schedule(value):
                yield f"{prefix}{key}", value
            case dict():
                yield from _dotted(value, f"{prefix}{key}.")
            case [{"kind": _}, *_]:
                for entry in value:
                    rest = {k: v for k, v in entry.items() if k != "kind"}
                    yield f"{prefix}{key}.{entry['kind']}", True
                    yield from _dotted(rest, f"{prefix}{key}.{entry['kind']}.")
            case []:
                pass
            case _:
                yield f"{prefix}{key}", value
