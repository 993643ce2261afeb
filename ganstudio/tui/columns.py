"""Columns of a table; `columns_that_fit` leaves some out where there is less room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.text import Text

Item = TypeVar("Item")


class TableColumn(NamedTuple, Generic[Item]):
    """A column of a table. `width` in cells, with the space after it, 0 for what is left; `rank` 1 is left out last."""

    name: str
    width: int
    rank: int
    show: Callable[[Item], Text | str]
    right: bool = True


def cells(item: Item, columns: Sequence[TableColumn[Item]]) -> tuple[Text, ...]:
    """Returns the row of the table for one item: a Text a column."""
    shown = (column.show(item) for column in columns)
    return tuple(Text(cell) if isinstance(cell, str) else cell for cell in shown)


def columns_that_fit(columns: Sequence[TableColumn[Item]], width: int, name: int) -> tuple[TableColumn[Item], ...]:
    """Returns the columns that fit into `width` cells beside the first one, which takes `name` of them."""
    room, ranks = width - 1 - name, {0}
    for column in sorted(columns[1:], key=lambda one: one.rank):
        room -= column.width
        if room < 0:
            break
        ranks.add(column.rank)
    return tuple(column for column in columns if column.rank in ranks)
