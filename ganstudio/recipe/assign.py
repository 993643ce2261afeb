"""One `--set key=value` written into the table of a recipe that is not checked yet."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ganstudio.errors import nearest
from ganstudio.recipe.knobs import numbers
from ganstudio.recipe.schema import KINDS, LISTS, SECTIONS

_OFF, _ON = (None, False, "off"), (True, "on")


def assign(table: dict[str, Any], key: str, value: Any, above: str = "", inside: str = "") -> list[str]:
    """Writes one dotted key; returns what is wrong with it. What is off and has a knob set is on from then on.

    A list of tables is entered by position or by kind: `regularizers.r1.gamma=5` changes that entry, or adds it. A
    table that is one of several kinds may be named by its kind alone: `objective=hinge`. A number begins to change with
    `generator_optimizer.lr.end=0`: it starts as it was. `above` is what was typed before `key`, `inside` the key of
    the table, where that is not the whole recipe.
    """
    listed = next((path for path in LISTS if f"{key}.".startswith(f"{path}.")), None)
    if listed is not None:
        return _assign_listed(table, listed, key, value)
    if key in KINDS and isinstance(value, str):
        key = f"{key}.kind"
    if key in SECTIONS and value in (*_OFF, *_ON):
        value = None if value in _OFF else table.get(key) or {}
    *parents, last = key.split(".")
    here: Any = table
    for i, part in enumerate(parents):
        path = ".".join(parents[: i + 1])
        if f"{inside}{path}" in numbers() and (last == "points" or not isinstance(here.get(part), dict)):
            start = here.get(part, numbers()[f"{inside}{path}"])
            here[part] = {} if last == "points" else {"start": start}
        elif here.get(part) is None:
            here[part] = {"kind": next(iter(KINDS[path]))} if path in KINDS else {}
        elif path in KINDS and isinstance(here[part], str):  # a bare word is short for the kind
            here[part] = {"kind": here[part]}
        here = here[part]
        if not isinstance(here, dict):
            return [f"--set {above}{key}: {above}{path} is a value, not a table."]
    if last == "kind":
        _forget_others(here, ".".join(parents), value)
    here[last] = value
    return []


def names_kind(key: str) -> bool:
    """Whether a setting of this key decides which other knobs there are."""
    return key.endswith(".kind") or key in KINDS


def _assign_listed(table: dict[str, Any], listed: str, key: str, value: Any) -> list[str]:
    kind, _, knob = key.removeprefix(listed).removeprefix(".").partition(".")
    if not kind:
        if isinstance(value, str) and value != "off":
            closest = next(iter(difflib.get_close_matches(value, LISTS[listed], n=1)), next(iter(LISTS[listed])))
            return [f"--set {key}={value}: is a list. Did you mean '{listed}.{closest}=on'?"]
        table[listed] = [] if value in _OFF else value
        return []
    entries = table.get(listed)
    if entries is None:
        entries = table[listed] = []
    if not isinstance(entries, list):
        return []  # which is a problem of the table's own
    entry = next((one for n, one in enumerate(entries) if kind in (str(n), _kind(one))), None)
    if entry is None and kind not in LISTS[listed]:
        return [f"--set {key}: {listed} has no {kind!r}. {nearest(kind, LISTS[listed], above=listed)}"]
    if not knob:
        return _switch(entries, entry, kind, key, value, LISTS[listed].get(kind, ()))
    if entry is None:
        entry = {"kind": kind}
        entries.append(entry)
    inside = f"{listed}.{_kind(entry)}."
    return assign(entry, knob, value, f"{listed}.{kind}.", inside) if isinstance(entry, dict) else []


def _switch(entries: list[Any], entry: Any, kind: str, key: str, value: Any, knobs: tuple[str, ...]) -> list[str]:
    """Takes an entry out of a list, or puts it there with its defaults, or with the knobs of a table."""
    if isinstance(value, Mapping):
        entries[:] = [one for one in entries if one is not entry] + [{"kind": kind, **value}]
    elif value in _OFF:
        entries[:] = [one for one in entries if one is not entry]
    elif value is True or value == "on":
        entries += [] if entry is not None else [{"kind": kind}]
    else:
        strength = next((knob for knob in knobs if knob not in ("kind", "every")), "every")
        return [f"--set {key}={value}: must be on or off. Did you mean '{key}.{strength}={value}'?"]
    return []


def _kind(item: Any) -> str | None:
    kind = item.get("kind") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else None


def _forget_others(table: dict[str, Any], path: str, kind: Any) -> None:
    """Deletes the knobs of a table that its new kind does not have."""
    known = {name: fields for name, fields in KINDS.get(path, {}).items() if name == kind}
    if known and table.get("kind") != kind:
        for knob in table.keys() - set(known[kind]):
            del table[knob]
