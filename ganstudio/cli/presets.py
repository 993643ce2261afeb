"""`ganstudio presets`: lists and shows the recipes that have a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.output import note, print_json, print_table
from ganstudio.errors import UsageError
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.recipe.schema import Recipe

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_presets(as_json: _Json = False) -> None:
    """List every preset: yours in ./presets, then those that came with the program.

    \b
    Example:
      ganstudio presets list
    """
    from ganstudio.recipe.load import preset_names

    workspace = Workspace.locate()
    rows = []
    for name in preset_names(workspace):
        try:
            rows.append(_preset_json(name, _read_recipe(name, workspace)))
        except UsageError as error:
            note(f"left out: {error.message}")
    if as_json:
        print_json(rows)
        return
    cells = [(row["name"], row["architecture"], str(row["size"]), row["summary"]) for row in rows]
    print_table(("preset", "architecture", "size", "what it is"), cells, right=(2,))


def show_preset(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: _Json = False) -> None:
    """Show every knob of a preset with its value, as `train --set` takes it, and what is off.

    \b
    Example:
      ganstudio presets show dcgan
    """
    from ganstudio.recipe.knobs import knobs, recipe_schema
    from ganstudio.recipe.load import dump

    recipe = _read_recipe(name, Workspace.locate())
    if as_json:
        print_json(_preset_json(name, recipe))
        return
    table = dump(recipe)
    for key, value in _dotted_values(table):
        print(f"{key} = {value}")
    off = [knob.key for knob in knobs(recipe_schema(), table) if knob.turn == "switch" and not knob.value(table)]
    for key in off:
        print(f"{key} = off")
    note("what is off has keys of its own, which turn it on: ganstudio knobs augmentation")


def _read_recipe(name: str, workspace: Workspace) -> Recipe:
    from ganstudio.recipe.load import read_preset, resolve

    return resolve(read_preset(name, workspace), (), name)


def _preset_json(name: str, recipe: Recipe) -> dict[str, Any]:
    return {
        "name": name,
        "summary": recipe.summary,
        "task": recipe.task.kind,
        "architecture": recipe.architecture.id,
        "size": recipe.data.resolution,
    }


def _dotted_values(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, value as TOML writes it) of each knob that is on; a list of tables is entered by `kind`.

    A number that changes is one line, as `--set` takes it.
    """
    from ganstudio.recipe.plain_numbers import is_schedule
    from ganstudio.recipe.schema import LISTS, SECTIONS
    from ganstudio.recipe.settings import as_toml

    for key, value in table.items():
        match value:
            case dict() if is_schedule(value):
                yield f"{prefix}{key}", as_toml(value)
            case dict():
                yield from _dotted_values(value, f"{prefix}{key}.")
            case [dict(), *_]:
                for entry in value:
                    yield from _dotted_values(entry, f"{prefix}{key}.{entry['kind']}.")
            case [] if key in LISTS:
                continue
            case None if key in SECTIONS:
                continue
            case None:
                yield f"{prefix}{key}", "none"
            case [*places] if any(isinstance(place, dict) for place in places):
                yield f"{prefix}{key}", as_toml(value)
            case _:
                yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)
