"""Every key that `--set` takes, with what it may be and an example: what `ganstudio knobs` and its page list."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ganstudio.errors import UsageError, nearest
from ganstudio.recipe.allowed_values import Node, fault
from ganstudio.recipe.knobs import Knob, every_knob, merge_alike, recipe_schema
from ganstudio.recipe.settings import as_setting


def reference(options: Mapping[str, Node]) -> list[Knob]:
    """All knobs in the recipe's order; `options` are the JSON Schemas of the architectures' own, by architecture."""
    theirs = merge_alike(
        replace(knob, of=(name,)) for name, schema in options.items() for knob in every_knob(schema, "architecture.")
    )
    own = every_knob(recipe_schema())
    place = next(number for number, knob in enumerate(own, 1) if knob.key == "architecture.id")
    return [*own[:place], *theirs, *own[place:]]


def matching_knobs(listed: Sequence[Knob], pattern: str) -> list[Knob]:
    """The knobs whose key holds `pattern`, or fits it where it has a `*`; else those whose meaning does.

    Raises UsageError, with the nearest key, where there are none.
    """
    wild = pattern.lower() if any(mark in pattern for mark in "*?[") else f"*{pattern.lower()}*"
    for text in (lambda knob: knob.key, _searchable_text):
        if matches := [knob for knob in listed if fnmatch.fnmatchcase(text(knob).lower(), wild)]:
            return matches
    parts = {part for knob in listed for part in knob.key.split(".")}
    near = nearest(pattern, parts)
    if near.startswith("Known"):
        near = nearest("", {knob.key.partition(".")[0] for knob in listed})
    raise UsageError(f"no knob is called {pattern!r}, nor tells of it. {near}", hint="ganstudio knobs")


def _searchable_text(knob: Knob) -> str:
    return " ".join((meaning(knob), *kind_meanings(knob).keys(), *kind_meanings(knob).values()))


def meaning(knob: Knob) -> str:
    """What a knob is, and which kinds or architectures alone have it."""
    only = f" ({', '.join(knob.of)})" if knob.of else ""
    return f"{knob.doc.rstrip('.')}{only}"


def kind_meanings(knob: Knob) -> dict[str, str]:
    """What each of its kinds means."""
    return {str(value): text.rstrip(".") for value, text in knob.choices if text}


def default(knob: Knob) -> str:
    """The default as `--set` takes it; empty where there is none."""
    if knob.turn == "switch":
        return "on" if knob.default else "off"
    if knob.default is None and fault(None, knob.node):
        return ""
    return as_setting(knob.default)


def example(knob: Knob) -> str:
    """`key=value` with a legal value that is not the default."""
    return f"{knob.key}={_other_value(knob)}"


def _other_value(knob: Knob) -> str:
    if knob.turn == "switch":
        return "off" if knob.default else "on"
    examples: Iterable[Any] = knob.node.get("examples", ())
    others = [*examples, *(value for value, _ in knob.choices), *_numbers(knob.default)]
    return as_setting(next(value for value in others if value != knob.default and not fault(value, knob.node)))


def _numbers(value: Any) -> list[Any]:
    """Other numbers, likely ones first."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    if isinstance(value, int):
        return [value * 2, value + 1] if value else [1]
    return [value / 2, 0.1] if value else [0.1, 1.0]


def as_json(knob: Knob) -> dict[str, Any]:
    return {
        "key": knob.key,
        "default": bool(knob.default) if knob.turn == "switch" else knob.default,
        "range": knob.legal,
        "meaning": meaning(knob),
        "kinds": kind_meanings(knob),
        "example": example(knob),
        "only": list(knob.of),
        "changes": knob.changes,
    }
