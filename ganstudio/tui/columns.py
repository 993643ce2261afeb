"""Columns of a table, of which fewer are shown where there is less room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.text import Text

Shown = TypeVar("Shown")


class Column(NamedTuple, Generic[Shown]):
    """`width` in cells, with the space after it; 0 takes what is left. The least `rank` is left out last."""

    name: str
    width: int
    rank: int
    show: Callable[[Shown], Text | str]
    right: bool = True


def cells(shown: Shown, columns: Sequence[Column[Shown]]) -> tuple[Text, ...]:
    """A row of the table."""
    found = (column.show(shown) for column in columns)
    return tuple(Text(cell) if isinstance(cell, str) else cell for cell in found)


def fitting(columns: Sequence[Column[Shown]], width: int, name: int) -> tuple[Column[Shown], ...]:
    """What fits a table of `width` cells beside the first column, which has `name` of them."""
    room, kept = width - 1 - name, {0}
    for column in sorted(columns[1:], key=lambda one: one.rank):
        room -= column.width
        if room < 0:
            break
        kept.add(column.rank)
    return tuple(column for column in columns if column.rank in kept)
