"""Names of key bindings: `tui.toml` changes a key by its name, and hints on screen show the key that is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

from ganstudio.errors import nearest


def bindings(kind: type[Any]) -> Iterator[Binding]:
    """Yields our own bindings of a widget, a screen or the program, inherited ones included."""
    for base in kind.__mro__:
        if base.__module__.startswith("ganstudio."):
            yield from base.__dict__.get("BINDINGS", ())


def classes_with_bindings() -> list[type[Any]]:
    """Returns every class of the dashboard with BINDINGS of its own. Imports all modules of the dashboard."""
    import importlib
    import pkgutil

    import ganstudio.tui

    classes: dict[type[Any], None] = {}
    for module in pkgutil.walk_packages(ganstudio.tui.__path__, "ganstudio.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__module__ == module.name and "BINDINGS" in kind.__dict__:
                classes[kind] = None
    return list(classes)


def legal_keys(given: Mapping[str, str], where: str) -> tuple[dict[str, str], list[str]]:
    """Returns the entries of `given` whose name is that of a binding, and a line on each other one."""
    known = {binding.id for kind in classes_with_bindings() for binding in bindings(kind) if binding.id}
    good = {name: key for name, key in given.items() if name in known}
    return good, [f"{where}: no key is called {name!r}. {nearest(name, known)}" for name in given if name not in known]


def key_label(node: DOMNode, name: str) -> str:
    """Returns the key of the binding `name` of a screen or a widget, as it is set and shown: `S`, `esc`."""
    binding = next(one for one in bindings(type(node)) if one.id == name)
    chosen: Mapping[str, str] = getattr(getattr(node.app, "settings", None), "keys", {})
    key, *_ = chosen.get(name, binding.key).split(",")
    return node.app.get_key_display(Binding(key.strip(), binding.action))


def key_hints(node: DOMNode, *hints: tuple[str, str]) -> Content:
    """Returns a line such as `y yes   n no`. `hints` are (name of a binding, or else the key itself; word) pairs."""
    parts = [
        Content.assemble(Content.styled(key_label(node, name) if "." in name else name, "b"), f" {word}")
        for name, word in hints
    ]
    return Content("   ").join(parts)
