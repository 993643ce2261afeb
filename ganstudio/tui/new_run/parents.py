"""Reads what a draft can begin as: a preset, a file, another run. Called beside the screen's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganstudio import __version__
from ganstudio.errors import StudioError, UsageError
from ganstudio.recipe.knobs import value_at
from ganstudio.runs import checkpoints, lineage, names, store, trusted_files
from ganstudio.runs.architecture_options import describe
from ganstudio.runs.record import ARCHITECTURE, RunRecord
from ganstudio.runs.store import RunView
from ganstudio.tui.error_text import error_text
from ganstudio.tui.new_run.draft import Draft, Start, arguments, complete_recipe, recipe_problems
from ganstudio.tui.new_run.run_knobs import KnownNames, run_defaults
from ganstudio.workspace import Workspace

FIRST, DATA = "dcgan", "mnist"  # the place to start


READONLY = "{file} would be run to learn what it needs, and this dashboard only looks (--readonly)."


def from_preset(workspace: Workspace, name: str, data: str) -> Start:
    """Returns the start from a preset. Raises UsageError where there is no such preset, or it is no TOML."""
    from ganstudio.recipe.load import read_preset

    raw = read_preset(name, workspace)
    full = complete_recipe(raw)
    return Start("preset", name, f"preset {name}", full, raw, full, {**run_defaults(), "data": data})


def first_preset(workspace: Workspace, data: str) -> Start:
    """Returns the start from FIRST, or from the next preset that is legal. Raises UsageError where there is none."""
    from ganstudio.recipe.load import preset_names

    left_out = []
    for name in sorted(preset_names(workspace), key=lambda name: name != FIRST):
        try:
            start = checked_start(from_preset(workspace, name, data))
        except StudioError as error:
            left_out.append(f"left out: {error.message}")
        else:
            return replace(start, notes=tuple(left_out))
    raise UsageError("\n".join(left_out) or "there is no preset.", hint="ganstudio presets list")


def checked_start(start: Start) -> Start:
    """Returns `start` after making all that is shown of it once. Raises UsageError where that fails."""
    try:
        draft = Draft(start, start.run_values, start.recipe)
        _ = draft.problems, draft.differences, draft.recipe["architecture"].get("id")
        arguments(draft)
    except Exception as error:
        raise UsageError(error_text(error, start.label)) from None
    return start


def from_file(path: Path, data: str, readonly: bool = False) -> Start:
    """Returns the start from a Python file. Raises UsageError where it is no architecture, is not trusted, or must not
    be run (--readonly).
    """
    if readonly:
        raise UsageError(READONLY.format(file=path))
    trusted_files.require(path, False)  # named by the user, as on the command line
    raw = describe(path.stem, path)["recipe"]
    full = complete_recipe(raw)
    return Start("file", str(path), f"file {path.name}", full, raw, full, {**run_defaults(), "data": data}, code=path)


def from_run(workspace: Workspace, reference: str, fork: bool, readonly: bool = False) -> Start:
    """Returns the start of a fork of RUN or RUN@KIMG, or of a clone of RUN: a new run of its recipe on its data.

    Raises UsageError where there is no such run or checkpoint, or its own code is not trusted or may not be run.
    """
    run = store.find(workspace, names.split_reference(reference)[0])
    if readonly and (code := _architecture_file(run)) is not None:
        raise UsageError(READONLY.format(file=code))
    trusted_files.require_run(run.path, run.record, False)
    return _fork(workspace, run, reference) if fork else _clone(workspace, run)


def fork_or_clone(workspace: Workspace, reference: str, readonly: bool = False) -> Start:
    """Returns the start of a fork where the run has a checkpoint, else of a clone. Raises UsageError."""
    run = store.find(workspace, names.split_reference(reference)[0])
    return from_run(workspace, reference, "@" in reference or bool(checkpoints.all_checkpoints(run.path)), readonly)


def _fork(workspace: Workspace, run: RunView, reference: str) -> Start:
    origin = lineage.find_origin(workspace, reference)
    recipe = complete_recipe(run.record.recipe_after({"key": key, "to": to} for key, to in origin.changes().items()))
    record = run.record
    own = {**run_defaults(), "data": record.data["name"], "seed": record.seed, "device": record.device}
    given = origin.label if "@" in reference else run.id  # the last one, whichever that is by then
    label, notes = f"fork of {origin.label}", tuple(_notes(record))
    own = {**own, "minutes": record.minutes}
    return Start("fork", given, label, recipe, recipe, recipe, own, run.id, _architecture_file(run), notes, origin.nimg)


def _clone(workspace: Workspace, run: RunView) -> Start:
    from ganstudio.recipe.load import read_preset

    record, code = run.record, _architecture_file(run)
    raw = read_preset(record.preset, workspace) if code is None else describe(code.stem, code)["recipe"]
    recipe, left_out = _without_unknown(record.recipe)
    own = {
        **run_defaults(),
        **{"data": record.data["name"], "style_data": (record.data.get("styles") or {}).get("name", "")},
        **{"seed": record.seed, "device": record.device, "gpus": record.processes},
        **{"minutes": record.minutes, "stop_when": record.stop_when or "", "patience": record.patience},
    }
    notes = [*_notes(record), *([f"left out, for no knob of this version: {', '.join(left_out)}"] if left_out else [])]
    given = record.preset if code is None else str(code)
    full = complete_recipe(raw)
    return Start("clone", given, f"clone of {run.id}", recipe, raw, full, own, run.id, code, tuple(notes))


def _architecture_file(run: RunView) -> Path | None:
    return run.path / ARCHITECTURE if run.record.architecture_sha256 else None


def _notes(record: RunRecord) -> list[str]:
    theirs = record.versions.get("ganstudio", __version__)
    return [f"{record.id} was made by ganstudio {theirs}, this is {__version__}"] if theirs != __version__ else []


def _without_unknown(recipe: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Returns the recipe without keys that this version does not know, and these keys."""
    left_out = [key for key, text in recipe_problems(recipe).items() if text.startswith("unknown key")]
    table = complete_recipe(recipe)
    for key in left_out:
        above, _, name = key.rpartition(".")
        inside = value_at(table, above) if above else table
        if isinstance(inside, dict):
            inside.pop(name, None)
    return complete_recipe(table), left_out


def presets(workspace: Workspace) -> list[tuple[str, str]]:
    """Returns (name, summary) of every preset; for one that cannot be read, what is wrong with it."""
    from ganstudio.recipe.load import preset_names, read_preset

    rows = []
    for name in preset_names(workspace):
        try:
            rows.append((name, str(read_preset(name, workspace).get("summary", ""))))
        except Exception as error:
            rows.append((name, f"✗ {error_text(error, name)}"))
    return rows


def known_names() -> KnownNames:
    """Returns the names of the data sets there are; the screen adds those of the runs."""
    from ganstudio.data import catalog, store

    packed: dict[str, int | None] = {one.manifest.name: one.manifest.count for one in store.list_sets()}
    return KnownNames(packed | {name: None for name in catalog.KNOWN if name not in packed})
