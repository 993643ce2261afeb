"""Turns pydantic's complaints into lines that name the file, the key and the nearest legal key."""

from __future__ import annotations

import difflib
import itertools
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from ganstudio.errors import nearest
from ganstudio.recipe.knobs import Knob, every_knob, numbers, recipe_schema
from ganstudio.recipe.numbers import TABLE_KEYS
from ganstudio.recipe.schema import KINDS, LISTS, SECTIONS

# What papers and other programs call by several names: how strong a penalty is, how long a step is.
_ALIKE = (
    {"weight", "gamma", "lambda", "limit", "strength", "coefficient"},
    {"lr", "learning_rate"},
)


def explain(
    error: ValidationError, model: type[BaseModel], source: str, above: str = "", elsewhere: Iterable[str] = ()
) -> list[str]:
    """One line a problem, each beginning with `source: key:`.

    `above` is what comes before the model's keys; `elsewhere` are whole keys that a misplaced one may mean, beside the
    recipe's own.
    """
    lines = []
    for problem in error.errors(include_url=False):
        path = _path(problem["loc"])
        key = ".".join(filter(None, (above, *path)))
        if problem["type"] == "value_error" and not path:
            lines += [f"{source}: {line}" for line in str(problem["ctx"]["error"]).splitlines()]
        elif problem["type"] == "extra_forbidden":
            legal, key = _keys_at(model, problem["loc"][:-1]), _key_as_typed(key, problem["input"])
            lines.append(f"{source}: {key}: unknown key. {_suggestion(key, legal, elsewhere)}")
        else:
            lines.append(f"{source}: {key}: {_reason(problem, key)}")
    return lines


def _path(location: tuple[Any, ...]) -> list[str]:
    """The parts of a key: a table in a list is named by its kind, and one of several kinds goes without."""
    parts: list[str] = []
    tag_of = ""  # the table whose kind has been passed
    for part in location:
        here, listed = ".".join(parts), ".".join(parts[:-1])
        if here != tag_of and part in KINDS.get(here, ()):
            tag_of = here
        elif parts and parts[-1].isdigit() and part in LISTS.get(listed, ()):
            parts[-1] = str(part)
        else:
            parts.append(str(part))
    return parts


def _key_as_typed(key: str, value: Any) -> str:
    """A key with those inside it that stand alone: a table that there is not was made by a longer key."""
    while isinstance(value, Mapping) and len(value) == 1:
        [(name, value)] = value.items()
        key = f"{key}.{name}"
    return key


def _reason(problem: Any, key: str) -> str:
    match problem["type"]:
        case "missing":
            return "is missing."
        case "union_tag_invalid":
            known = problem["ctx"]["expected_tags"].replace("'", "").split(", ")
            return f"unknown kind {problem['ctx']['tag']!r}. {nearest(str(problem['ctx']['tag']), known)}"
        case "union_tag_not_found":
            return "needs a `kind`."
        case "model_type" | "model_attributes_type":
            inside = dict.fromkeys(knob.key for knob in _recipe_knobs() if knob.key.startswith(f"{key}."))
            known = f" Its knobs: {', '.join(inside)}." if inside else ""
            return f"holds knobs of its own and takes no value; got {problem['input']!r}.{known}"
        case _:
            text = f"{problem['msg'][0].lower()}{problem['msg'][1:]}; got {problem['input']!r}."
            bounds = problem.get("ctx", {})
            near = next((bounds[name] for name in ("nearest", "ge", "le") if name in bounds), None)
            return text if near is None else f"{text} Nearest: {near if isinstance(near, str) else f'{near:g}'}."


def _suggestion(key: str, legal: set[str], elsewhere: Iterable[str]) -> str:
    """A phrase that suggests a known key: one of the same table, or one that ends alike anywhere."""
    above, _, last = key.rpartition(".")
    for known in _recipe_knobs():
        if known.key == key:
            return f"It is a knob of {' and of '.join(known.of)}: {above}.kind={known.of[0]} goes with it."
    same = next((group for group in _ALIKE if last in group), {last})
    near = sorted(legal & same) or difflib.get_close_matches(last, legal - {"kind"}, n=1, cutoff=0.65)
    if near:
        return f"Did you mean {'.'.join(filter(None, (above, near[0])))!r}?"
    whole = [*elsewhere, *dict.fromkeys(knob.key for knob in _recipe_knobs())]
    ends = {one: one.rpartition(".")[2] for one in whole}
    alike = {last} & set(ends.values()) or same & set(ends.values())
    alike = alike or set(difflib.get_close_matches(last, set(ends.values()) - {"kind"}, n=1, cutoff=0.6))
    alike = alike or {end for end in ends.values() if end.startswith(f"{last}_")}
    candidates = [one for one in whole if ends[one] in alike]
    # parts that few recipes have are meant last
    candidates = [one for one in candidates if one.partition(".")[0] not in SECTIONS] or candidates
    most = max((_common_end(key, one) for one in candidates), default=0)
    if candidates:
        return f"Did you mean {' or '.join(repr(one) for one in candidates if _common_end(key, one) == most)}?"
    return nearest(last, legal, above=above)


def value_hint(key: str, elsewhere: Iterable[str] = ()) -> str:
    """A phrase on a setting without a value: what its knob takes, the knobs inside its table, or the whole key.

    `elsewhere` are the keys of the architecture's options, which no schema of the recipe has.
    """
    keys = list(dict.fromkeys([*elsewhere, *(knob.key for knob in _recipe_knobs())]))
    if key in keys:
        legal = next((knob.legal for knob in _recipe_knobs() if knob.key == key), "")
        return f"It may be {legal}." if legal else f"ganstudio knobs {key} tells what it may be."
    if key in KINDS:
        return f"It may be {' | '.join(KINDS[key])}."
    if key.rpartition(".")[0] in numbers():
        return f"A number that changes has {', '.join(TABLE_KEYS[:-1])}, or {TABLE_KEYS[-1]}."
    if inside := [one for one in keys if one.startswith(f"{key}.")]:
        return f"Its knobs: {', '.join(inside)}."
    above = key.rpartition(".")[0]
    begin = f"{above}." if above else ""
    beside = {one.removeprefix(begin).partition(".")[0] for one in keys if one.startswith(begin)}
    return _suggestion(key, beside, elsewhere)


def _common_end(one: str, other: str) -> int:
    """How many parts at the end two keys have in common."""
    pairs = zip(reversed(one.split(".")), reversed(other.split(".")), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _recipe_knobs() -> list[Knob]:
    return every_knob(recipe_schema())


def _keys_at(model: type[BaseModel], location: tuple[Any, ...]) -> set[str]:
    """Legal keys of the table at `location`, which holds field names, list positions and union tags."""
    here: set[type[BaseModel]] = {model}
    for part in location:
        if isinstance(part, int):
            continue
        tagged = {m for m in here if "kind" in m.model_fields and m.model_fields["kind"].default == part}
        here = tagged or {
            inner for m in here if part in m.model_fields for inner in _models(m.model_fields[part].annotation)
        }
    return {name for m in here for name in m.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)
