"""Every knob of a recipe as a flat list, for those who show or change one at a time.

A list is made from a JSON Schema (the recipe's own, or that of an architecture's options) and a table of values, which
decide which knobs there are: an objective of another kind has others, a regularizer that is off has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from ganstudio.recipe.allowed_values import Node, choices, legal_words

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Knob:
    """`key` as `--set` takes it; `legal` says in words what it may be, `choices` are (value, what it means).

    `turn` tells those whose value brings other knobs: of a `kind`, one of a closed choice; of a `switch`, a part of the
    recipe that is there or not. `of` names the kinds, or the architectures, that alone have it; empty where all do.
    `changes` are numbers that take a schedule as well, recipe/numbers.py, be it as members of a list.
    """

    key: str
    doc: str
    legal: str
    default: Any
    choices: tuple[tuple[Any, str], ...] = ()
    turn: Literal["", "kind", "switch"] = ""
    node: Node = field(default_factory=dict, compare=False, repr=False)
    of: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return any(node.get("changes", False) for node in (self.node, *self.node.get("prefixItems", ())))

    def value(self, table: Table) -> Any:
        """Its value in a table, else its default."""
        value = value_at(table, self.key)
        if self.turn == "switch":
            return value is not None
        return self.default if value is None and not has_key(table, self.key) else value


@cache
def recipe_schema() -> dict[str, Any]:
    from ganstudio.recipe.schema import Recipe

    return Recipe.model_json_schema()


@cache
def numbers() -> dict[str, float]:
    """The default of every knob of a recipe that is a number which may change over its length."""
    return {knob.key: knob.default for knob in every_knob(recipe_schema()) if knob.node.get("changes")}


def knobs(schema: Node, table: Table, above: str = "") -> list[Knob]:
    """The knobs that `schema` describes and `table` has turned on; `above` is what comes before their names."""
    return list(_table_knobs(schema, schema, table, above))


def every_knob(schema: Node, above: str = "") -> list[Knob]:
    """All the knobs that `schema` describes, of whatever is off and of every kind."""
    return merge_alike(_table_knobs(schema, schema, _EVERY, above))


def merge_alike(listed: Iterable[Knob]) -> list[Knob]:
    """The knobs in their order; one that several kinds have alike stands once, with all of them."""
    merged: dict[str, Knob] = {}
    for knob in listed:
        same = repr(replace(knob, of=()))
        merged[same] = replace(knob, of=(*(merged[same].of if same in merged else ()), *knob.of))
    return list(merged.values())


_EVERY: dict[str, Any] = {}  # the table in which everything is on, and of every kind at once


def _table_knobs(root: Node, node: Node, table: Any, above: str) -> Iterator[Knob]:
    values = table if isinstance(table, Mapping) else {}
    for name, child in node.get("properties", {}).items():
        # a preset's one sentence is no knob; the kind is told by who chose among kinds
        if (above, name) != ("", "summary") and "const" not in child:
            value = _EVERY if values is _EVERY else values.get(name)
            yield from _node_knobs(root, _resolve(root, child), value, f"{above}{name}")


def _node_knobs(root: Node, node: Node, value: Any, key: str) -> Iterator[Knob]:
    doc, default = node.get("description", ""), node.get("default")
    some = [_resolve(root, one) for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if "oneOf" in node:
        yield from _kind_knobs(root, node, value, key)
    elif node.get("type") == "array" and "oneOf" in node.get("items", {}):
        for kind, one in _kinds(root, node["items"]).items():
            yield _switch(f"{key}.{kind}", one.get("description", ""), False)
            if (entry := _EVERY if value is _EVERY else _entry(value, kind)) is not None:
                yield from _table_knobs(root, one, entry, f"{key}.{kind}.")
    elif len(some) == 1 and "properties" in some[0]:
        yield _switch(key, doc or some[0].get("description", ""), default is not None)
        if value is not None:
            yield from _table_knobs(root, some[0], value, f"{key}.")
    elif "properties" in node:
        yield from _table_knobs(root, node, value, f"{key}.")
    else:
        flat = _without_references(root, node)
        named = tuple((one, "") for one in choices(flat))
        knob = Knob(key, doc, legal_words(flat), default, named, node=flat)
        schedule = ", each or a schedule" if "prefixItems" in flat else ", or a schedule"
        yield replace(knob, legal=f"{knob.legal}{schedule}") if knob.changes else knob


def _kind_knobs(root: Node, node: Node, value: Any, key: str) -> Iterator[Knob]:
    """The kind of a table that is one of several, and the knobs of that kind; of every kind where all are wanted."""
    kinds, default = _kinds(root, node), node.get("default")
    first = default["kind"] if isinstance(default, Mapping) else next(iter(kinds))
    chosen = value if isinstance(value, str) else value.get("kind", first) if isinstance(value, Mapping) else first
    meant = tuple((name, one.get("description", "")) for name, one in kinds.items())
    yield Knob(f"{key}.kind", node.get("description", ""), " | ".join(kinds), first, meant, "kind")
    if value is not _EVERY:
        yield from _table_knobs(root, kinds.get(chosen, {}), value, f"{key}.")
        return
    for name, one in kinds.items():
        yield from (replace(knob, of=(name,)) for knob in _table_knobs(root, one, _EVERY, f"{key}."))


def _switch(key: str, doc: str, default: bool) -> Knob:
    return Knob(key, doc, "on | off", default, ((True, ""), (False, "")), "switch")


def _resolve(root: Node, node: Node) -> Node:
    """The node that a reference means; what stands beside the reference goes before what is said there."""
    if "$ref" not in node:
        return node
    definition = root.get("$defs", {}).get(node["$ref"].rpartition("/")[2], {})
    return {**definition, **{key: value for key, value in node.items() if key != "$ref"}}


def _without_references(root: Node, node: Node) -> Node:
    """A node without references, for whoever checks a value."""
    inner = {
        key: _without_references(root, _resolve(root, node[key]))
        for key in ("items",)
        if isinstance(node.get(key), Mapping)
    }
    lists = {
        key: [_without_references(root, _resolve(root, one)) for one in node[key]]
        for key in ("anyOf", "prefixItems")
        if key in node
    }
    return {**node, **inner, **lists}


def _kinds(root: Node, node: Node) -> dict[str, Node]:
    resolved = [_resolve(root, one) for one in node["oneOf"]]
    return {one["properties"]["kind"]["const"]: one for one in resolved}


def _entry(entries: Any, kind: str) -> Table | None:
    """The table of a kind in a list of tables."""
    listed = entries if isinstance(entries, list | tuple) else ()
    return next((one for one in listed if isinstance(one, Mapping) and one.get("kind") == kind), None)


def value_at(table: Any, key: str) -> Any:
    """What stands at a dotted key, None where there is nothing; a list of tables is entered by kind.

    A bare word where a table may stand is its kind: `task = "unpaired"`.
    """
    here = table
    for part in key.split("."):
        if isinstance(here, list | tuple):
            here = _entry(here, part)
        elif isinstance(here, Mapping):
            here = here.get(part)
        else:
            here = here if isinstance(here, str) and part == "kind" else None
    return here


def has_key(table: Table, key: str) -> bool:
    """Whether the table says anything at this key, be it that there is none."""
    above, _, name = key.rpartition(".")
    inside = value_at(table, above) if above else table
    return isinstance(inside, Mapping) and name in inside


def with_value(table: Table, knob: Knob, value: Any) -> dict[str, Any]:
    """A new table in which a knob has another value. One of another kind begins with that kind's own values."""
    changed: dict[str, Any] = json.loads(json.dumps(table))
    above, _, name = knob.key.rpartition(".")
    if knob.turn == "kind":
        put(changed, above, {name: value})
    elif knob.turn == "switch" and isinstance(entries := value_at(changed, above) if above else None, list):
        entries[:] = [one for one in entries if one.get("kind") != name] + ([{"kind": name}] if value else [])
    elif knob.turn == "switch":
        put(changed, knob.key, {} if value else None)
    else:
        put(changed, knob.key, value)
    return changed


def put(table: dict[str, Any], key: str, value: Any) -> None:
    """Writes a value at a dotted key; a list of tables is entered by kind."""
    *parts, name = key.split(".")
    here: Any = table
    for part in parts:
        if isinstance(here, dict) and isinstance(here.get(part), str):
            here[part] = {"kind": here[part]}
        here = _entry(here, part) if isinstance(here, list) else here.setdefault(part, {})
    here[name] = value


def with_value_from(table: Table, knob: Knob, other: Table) -> dict[str, Any]:
    """A new table in which a knob, with what it turns on, is as in another table; its default where that has none."""
    above = knob.key.rpartition(".")[0]
    if knob.turn == "kind" and isinstance(theirs := value_at(other, above), Mapping):
        changed: dict[str, Any] = json.loads(json.dumps(table))
        put(changed, above, dict(theirs))
        return changed
    if knob.turn == "switch":
        on = with_value(table, knob, knob.value(other))
        theirs = value_at(other, knob.key)
        if isinstance(theirs, Mapping) and isinstance(mine := value_at(on, knob.key), dict):
            mine.update(json.loads(json.dumps(theirs)))
        return on
    return with_value(table, knob, knob.value(other))


def differing_knobs(listed: Sequence[Knob], table: Table, other: Table) -> list[tuple[Knob, Any, Any]]:
    """(knob, its value in the other table, its value here) of those that differ."""
    pairs = [(knob, knob.value(other), knob.value(table)) for knob in listed]
    return [(knob, theirs, mine) for knob, theirs, mine in pairs if theirs != mine]
