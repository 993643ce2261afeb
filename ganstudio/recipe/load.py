"""Recipes from presets, from a user's own file and from `--set key=value`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe.allowed_values import adaptive_fault
from ganstudio.recipe.assign import assign, names_kind
from ganstudio.recipe.explain import explain, value_hint
from ganstudio.recipe.names import preset_names as preset_names
from ganstudio.recipe.names import unknown_preset_error
from ganstudio.recipe.schema import Data, Recipe
from ganstudio.workspace import Workspace

KEYS_HINT = "ganstudio knobs   # every key, with what it may be"


def read_preset(name: str, workspace: Workspace) -> dict[str, Any]:
    """A preset's table. Raises UsageError for an unknown name or a file that is no TOML."""
    # a name with a folder in it is none: it would be read from anywhere
    for folder in workspace.presets if Path(name).name == name else ():
        file = folder / f"{name}.toml"
        if file.exists():
            return _read_toml(file)
    raise unknown_preset_error(name, workspace)


def _read_toml(file: Path) -> dict[str, Any]:
    """Raises UsageError where the file cannot be read, is no TOML, or holds dates, which no knob is."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        json.dumps(table)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: not TOML: {error}") from None
    except TypeError:
        raise UsageError(f"{file}: holds a date or a time; no knob is one. Put it in quotes.") from None
    return table


def merge(table: dict[str, Any], settings: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """`table` with `key=value` settings on top, not checked yet, and what is wrong with the settings."""
    merged: dict[str, Any] = json.loads(json.dumps(table))
    problems: list[str] = []
    # kinds first: what belongs to the kind before must not stand in the way of the new one's own knobs
    for setting in sorted(settings, key=lambda one: not names_kind(one.partition("=")[0].strip())):
        key, equals, value = (part.strip() for part in setting.partition("="))
        if key and equals and value:
            problems += assign(merged, key, parse_value(value))
        elif key:
            wrong = "has no value." if equals else "must be key=value, for example training.batch=128."
            problems.append(f"--set {setting}: {wrong} {value_hint(key, _options(table))}")
        else:
            problems.append(f"--set {setting}: must be key=value, for example training.batch=128.")
    return merged, problems


def _options(table: Mapping[str, Any]) -> list[str]:
    """The keys of the architecture's options that a recipe's table names."""
    options = table.get("architecture")
    return [f"architecture.{name}" for name in options] if isinstance(options, dict) else []


def resolve(table: dict[str, Any], settings: Iterable[str], source: str) -> Recipe:
    """The recipe that `table` makes with `key=value` settings on top. Raises RecipeError with every problem."""
    merged, problems = merge(table, settings)
    try:
        recipe = validated(merged, source)
    except RecipeError as error:
        raise RecipeError([*problems, *error.problems], hint=KEYS_HINT) from None
    problems += [f"{source}: {fault}" for fault in conflicts(recipe)]
    if problems:
        raise RecipeError(problems, hint=KEYS_HINT)
    return recipe


def validated(table: Mapping[str, Any], source: str) -> Recipe:
    """The recipe of a table such as a run's record has. Raises RecipeError with every problem."""
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        raise RecipeError(explain(error, Recipe, source, elsewhere=_options(table)), hint=KEYS_HINT) from None


def conflicts(recipe: Recipe) -> list[str]:
    """What is refused of a training that is to begin or to go on; a run that trained so before can still be read."""
    augmentation = recipe.augmentation
    fault = adaptive_fault(recipe.objective.kind, augmentation.p.kind) if augmentation else ""
    return [fault] if fault else []


def resolution_of(table: Mapping[str, Any]) -> int | list[int] | None:
    """The short side, or [H, W], that networks are to see by a table, checked or not; None where its data set says."""
    data = table.get("data")
    data = data if isinstance(data, dict) else {}
    side = data.get("resolution", Data().resolution) if data.get("crop") is None else data["crop"]
    if isinstance(side, list | tuple) and len(side) == 2 and all(type(one) is int for one in side):
        return list(side)
    return side if type(side) is int else None


def parse_value(text: str) -> Any:
    """`4e-4`, `true`, `[0, 0.9]` and tables as TOML reads them; anything else is a string."""
    if text == "none":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def dump(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain JSON, every knob spelled out."""
    plain: dict[str, Any] = recipe.model_dump(mode="json")
    return plain
