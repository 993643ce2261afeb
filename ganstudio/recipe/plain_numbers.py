"""Numbers that change, recipe/numbers.py, in the plain tables of run.json: what is read without pydantic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def is_schedule(value: Any) -> bool:
    """Whether `value` is the table of a number that changes; a ramp of augmentation has a kind and is none."""
    return (
        isinstance(value, Mapping) and "kind" not in value and ("points" in value or {"start", "end"} <= value.keys())
    )


def schedules(table: Any, above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(key, table) of every number of a recipe that changes; an entry of a list of tables is named by its kind."""
    if isinstance(table, Mapping):
        named = [(str(name), value) for name, value in table.items()]
    elif isinstance(table, list | tuple):
        kinds = [one.get("kind") if isinstance(one, Mapping) else None for one in table]
        named = [(str(kind or place), one) for place, (kind, one) in enumerate(zip(kinds, table, strict=True))]
    else:
        return
    for name, value in named:
        if is_schedule(value):
            yield f"{above}{name}", value
        else:
            yield from schedules(value, f"{above}{name}.")
