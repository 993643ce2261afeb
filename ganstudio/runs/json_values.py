"""What a value read from a file must be. By hand: a list of 200 runs is checked whole in a few milliseconds.

A kind is a test and the words for what passes it. `TableKind` checks the values of keys that are there; the
`needed` ones must be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A value of one of these types, which passes the test too, where there is one and the value is not null."""

    types: frozenset[type]
    words: str
    test: Callable[[Any], bool] | None = None

    def holds(self, value: Any) -> bool:
        return type(value) in self.types and (self.test is None or value is None or self.test(value))


_NUMBERS = frozenset((int, float))  # a truth value is no number
_FINITE = 1e300  # and no whole number that a float cannot hold
_LARGEST = 2**63

TEXT = Kind(frozenset((str,)), "a text")
NUMBER = Kind(_NUMBERS, "a finite number", lambda value: -_FINITE < value < _FINITE)
CHANGING = Kind(  # a number, or the table of one that changes
    frozenset((int, float, dict)), "a finite number or a table", lambda v: type(v) is dict or -_FINITE < v < _FINITE
)
POSITIVE = Kind(_NUMBERS, "a number above 0", lambda value: 0 < value < _FINITE)
WHOLE = Kind(frozenset((int,)), "a whole number from 0", lambda value: 0 <= value < _LARGEST)
COUNT = Kind(frozenset((int,)), "a whole number from 1", lambda value: 0 < value < _LARGEST)
SIZE = Kind(
    frozenset((int, list)),
    "a whole number from 1, or two",
    lambda value: all(COUNT.holds(side) for side in (value if type(value) is list and len(value) == 2 else [value])),
)
SHAPE = Kind(
    frozenset((list,)),
    "three whole numbers from 1",
    lambda value: len(value) == 3 and all(map(COUNT.holds, value)),
)
TEXTS = Kind(frozenset((list,)), "a list of texts", lambda value: all(type(one) is str for one in value))
NUMBERS = Kind(frozenset((list,)), "a list of finite numbers", lambda value: all(map(NUMBER.holds, value)))
TABLE = Kind(frozenset((dict,)), "a table")
PAIRS = Kind(
    frozenset((dict,)),
    "a table of pairs",
    lambda value: all(type(one) is list and len(one) == 2 for one in value.values()),
)


def or_null(kind: Kind) -> Kind:
    return Kind(kind.types | {NoneType}, f"{kind.words} or null", kind.test)


def one_of(*values: str) -> Kind:
    return Kind(frozenset((str,)), f"one of {', '.join(values)}", lambda value: value in values)


def list_of(table: TableKind) -> Kind:
    """A list of tables."""
    return Kind(frozenset((list,)), "a list of tables", lambda value: all(map(table.fits, value)))


@dataclass(frozen=True)
class TableKind:
    """A table whose keys are of these kinds; `nullable` may be null."""

    keys: Mapping[str, Kind | TableKind]
    needed: frozenset[str] = field(default_factory=frozenset)
    nullable: bool = False
    words: str = "a table"

    def problem(self, value: Any, where: str = "") -> str | None:
        """The first thing that is wrong, `data.count must be a whole number from 1; got "x"`; None where nothing is."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, dict):
            return f"{where or 'the file'} must be {self.words}; got {short_text(value)}"
        if not self.needed <= value.keys():
            return f"{_inside(where, min(self.needed - value.keys()))} is missing"
        for key, kind in self.keys.items():
            if key not in value:
                continue
            inner = value[key]
            if isinstance(kind, TableKind):
                if problem := kind.problem(inner, _inside(where, key) if where else key):
                    return problem
            elif type(inner) not in kind.types or (kind.test and inner is not None and not kind.test(inner)):
                return f"{_inside(where, key)} must be {kind.words}; got {short_text(inner)}"
        return None

    def fits(self, value: Any) -> bool:
        return self.problem(value) is None


def _inside(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def short_text(value: Any) -> str:
    """A value as an error shows it, cut where it is long."""
    text = "infinity" if isinstance(value, float) and math.isinf(value) else repr(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."
