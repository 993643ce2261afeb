"""What a value read from a file must be. By hand: a list of 200 runs is checked whole in a few milliseconds.

A kind is a test and the words for what passes it. `Table` checks the values of keys that are there; the `needed` ones
must be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Kind(NamedTuple):
    holds: Callable[[Any], bool]
    words: str


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    # neither a truth value, nor a whole number that no float can hold
    return type(value) in (int, float) and abs(value) <= 1e300


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


TEXT = Kind(_text, "a text")
NUMBER = Kind(_number, "a finite number")
POSITIVE = Kind(lambda value: _number(value) and value > 0, "a number above 0")
WHOLE = Kind(_whole, "a whole number from 0")
COUNT = Kind(lambda value: _whole(value) and value > 0, "a whole number from 1")
TEXTS = Kind(lambda value: isinstance(value, list) and all(map(_text, value)), "a list of texts")
TABLE = Kind(lambda value: isinstance(value, dict), "a table")


def maybe(kind: Kind) -> Kind:
    return Kind(lambda value: value is None or kind.holds(value), f"{kind.words} or null")


def one_of(*values: str) -> Kind:
    return Kind(lambda value: value in values, f"one of {', '.join(values)}")


def list_of(table: Table) -> Kind:
    """A list of tables."""
    return Kind(
        lambda value: isinstance(value, list) and not any(map(table.problem, value)), f"a list of {table.words}"
    )


@dataclass(frozen=True)
class Table:
    """A table whose keys are of these kinds; `nullable` may be null."""

    keys: Mapping[str, Kind | Table]
    needed: frozenset[str] = field(default_factory=frozenset)
    nullable: bool = False
    words: str = "a table"

    def problem(self, value: Any, where: str = "") -> str | None:
        """The first thing that is wrong, `data.count must be a whole number from 1; got "x"`; None where nothing is."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, dict):
            return f"{where or 'the file'} must be {self.words}; got {shown(value)}"
        before = f"{where}." if where else ""
        for key in sorted(self.needed):
            if key not in value:
                return f"{before}{key} is missing"
        for key, kind in self.keys.items():
            if key not in value:
                continue
            if isinstance(kind, Table):
                if found := kind.problem(value[key], f"{before}{key}"):
                    return found
            elif not kind.holds(value[key]):
                return f"{before}{key} must be {kind.words}; got {shown(value[key])}"
        return None

    def fits(self, value: Any) -> bool:
        return self.problem(value) is None


def shown(value: Any) -> str:
    """A value as an error shows it, cut where it is long."""
    text = "infinity" if isinstance(value, float) and math.isinf(value) else repr(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."
