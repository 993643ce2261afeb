"""The `--set key=value` settings that make one recipe of another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ganstudio.recipe.knobs import Knob, Table, value_at
from ganstudio.recipe.load import parse_value


def as_setting(value: Any) -> str:
    """A value as `--set` reads it: TOML, with a bare word where that is read as the same."""
    if value is None:
        return "none"
    if isinstance(value, str) and value and parse_value(value) == value:
        return value
    return as_toml(value)


def as_toml(value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case bool():
            return str(value).lower()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case Mapping():
            return f"{{{', '.join(f'{key}={as_toml(one)}' for key, one in value.items() if one is not None)}}}"
        case list() | tuple():
            return f"[{', '.join(as_toml(one) for one in value)}]"
        case _:
            return str(value)


def settings(raw: Table, before: Table, after: Table, listed: Sequence[Knob]) -> list[str]:
    """The settings that make `after` of `raw`, whose complete form is `before`; `listed` are the knobs of `after`.

    What has become another kind is given whole: the knobs of the old one must not stay.
    """
    return list(_Differences(raw, listed).between(before, after, ""))


class _Differences:
    def __init__(self, raw: Table, listed: Sequence[Knob]) -> None:
        self._raw = raw
        self._defaults = {knob.key: knob.default for knob in listed}
        self._numbers = {knob.key for knob in listed if knob.changes}
        self._tags = {above: name for k in listed if k.turn == "kind" for above, _, name in [k.key.rpartition(".")]}

    def between(self, before: Any, after: Any, key: str) -> Iterator[str]:
        if isinstance(before, Mapping) and isinstance(after, Mapping) and self._alike(before, after, key):
            for name, value in after.items():
                inner = f"{key}.{name}" if key else name
                default = self._defaults.get(inner)
                yield from self.between(before.get(name, default), value, inner)
        elif _tables(before) and _tables(after) and [e["kind"] for e in before] == [e["kind"] for e in after]:
            for old, new in zip(before, after, strict=True):
                yield from self.between(old, new, f"{key}.{new['kind']}")
        elif before != after and key != "summary":
            yield from self._whole(after, key)

    def _alike(self, before: Table, after: Table, key: str) -> bool:
        """Whether knobs of a table can be set one at a time; a number's table is given whole."""
        if key in self._numbers:
            return False
        tag = self._tags.get(key)
        if tag is None:
            return True
        raw_table = value_at(self._raw, key)
        named = isinstance(raw_table, str) or (isinstance(raw_table, Mapping) and tag in raw_table)
        return before.get(tag) == after.get(tag) and named

    def _whole(self, value: Any, key: str) -> Iterator[str]:
        if key in self._numbers or (not isinstance(value, Mapping) and not _tables(value)):
            yield f"{key}={as_setting(value)}"
            return
        absent: list[str] = []
        short = (
            self._short(value, key, absent)
            if isinstance(value, Mapping)
            else [self._short(entry, f"{key}.{entry['kind']}", absent) for entry in value]
        )
        yield f"{key}={as_toml(short)}"
        yield from (f"{one}=none" for one in absent)  # TOML has no word for it inside a table

    def _short(self, table: Table, key: str, absent: list[str]) -> dict[str, Any]:
        """The entries of a table that differ from its defaults."""
        short: dict[str, Any] = {}
        for name, value in table.items():
            inner = f"{key}.{name}"
            if isinstance(value, Mapping) and inner not in self._numbers:
                part = self._short(value, inner, absent)
                tag = self._tags.get(inner)
                if part and not (tag and part == {tag: self._defaults.get(f"{inner}.{tag}")}):
                    short[name] = part
            elif name in ("kind", "id") or value != self._defaults.get(inner):
                short[name] = value
                absent += [inner] if value is None else []
        return short


def _tables(value: Any) -> bool:
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(e, Mapping) and "kind" in e for e in value)
    )
