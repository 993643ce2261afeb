"""The names of keys, by which `tui.toml` gives them others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from textual.binding import Binding

from ganstudio.errors import UsageError, nearest


def bindings(kind: type[Any]) -> Iterator[Binding]:
    """Our own bindings of a widget, a screen or the program, those that it inherits with them."""
    for base in kind.__mro__:
        if base.__module__.startswith("ganstudio."):
            yield from base.__dict__.get("BINDINGS", ())


def kinds() -> list[type[Any]]:
    """Everything that has keys with names. Imports every screen."""
    from ganstudio.tui.app import Dashboard, new_page
    from ganstudio.tui.widgets.knobtable import KnobTable
    from ganstudio.tui.widgets.topbar import SCREENS

    return [*(type(new_page(name)) for name in SCREENS), KnobTable, Dashboard]


def check(given: Iterable[str], where: str) -> None:
    """Raises UsageError for a name that no key has."""
    known = {binding.id for kind in kinds() for binding in bindings(kind) if binding.id}
    for name in given:
        if name not in known:
            raise UsageError(f"{where}: no key is called {name!r}. {nearest(name, known)}")
