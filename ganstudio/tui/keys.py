"""The names of keys, by which `tui.toml` gives them others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

from ganstudio.errors import nearest


def bindings(kind: type[Any]) -> Iterator[Binding]:
    """Our own bindings of a widget, a screen or the program, those that it inherits with them."""
    for base in kind.__mro__:
        if base.__module__.startswith("ganstudio."):
            yield from base.__dict__.get("BINDINGS", ())


def kinds() -> list[type[Any]]:
    """Every class of the dashboard that has keys of its own. Imports all of it."""
    import importlib
    import pkgutil

    import ganstudio.tui

    found: dict[type[Any], None] = {}
    for module in pkgutil.walk_packages(ganstudio.tui.__path__, "ganstudio.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__module__ == module.name and "BINDINGS" in kind.__dict__:
                found[kind] = None
    return list(found)


def checked(given: Mapping[str, str], where: str) -> tuple[dict[str, str], list[str]]:
    """The names of `given` that keys have, and a line for each that none has."""
    known = {binding.id for kind in kinds() for binding in bindings(kind) if binding.id}
    good = {name: key for name, key in given.items() if name in known}
    return good, [f"{where}: no key is called {name!r}. {nearest(name, known)}" for name in given if name not in known]


def label(node: DOMNode, name: str) -> str:
    """The key that is called `name` on a screen or a widget, as it is now and as it is shown: `S`, `esc`."""
    binding = next(one for one in bindings(type(node)) if one.id == name)
    chosen: Mapping[str, str] = getattr(getattr(node.app, "settings", None), "keys", {})
    key, *_ = chosen.get(name, binding.key).split(",")
    return node.app.get_key_display(Binding(key.strip(), binding.action))


def line(node: DOMNode, *told: tuple[str, str]) -> Content:
    """`y yes   n no`: keys by their names, or those that are not ours as they are, each with its word."""
    parts = [
        Content.assemble(Content.styled(label(node, name) if "." in name else name, "b"), f" {word}")
        for name, word in told
    ]
    return Content("   ").join(parts)
