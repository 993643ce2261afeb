"""The knobs in which a recipe differs from its preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganstudio.recipe.knobs import Knob, Table, differing_knobs, knobs, recipe_schema

Deviations = dict[str, list[Any]]  # knob -> its value and the preset's
_RENAMED = {"task": "task.kind"}  # what records of earlier versions say


def deviations(preset: Table, recipe: Table) -> Deviations:
    """Knobs that differ between two complete recipes; an option of the architecture that a preset lacks is None."""
    return {knob.key: [mine, theirs] for knob, theirs, mine in differing_knobs(_knobs(recipe), recipe, preset)}


def deviations_after(earlier: Mapping[str, list[Any]] | None, before: Table, recipe: Table) -> Deviations | None:
    """The deviations of a recipe that was made of `before`, whose own are `earlier`; None where those are unknown."""
    if earlier is None:
        return None
    keys = {knob.key for knob in _knobs(recipe)}
    earlier = {_RENAMED.get(key, key): pair for key, pair in earlier.items()}
    whole = {key: list(pair) for key, pair in earlier.items() if key in keys}
    for key, (mine, theirs) in deviations(before, recipe).items():
        whole[key] = [mine, whole[key][1] if key in whole else theirs]
    return {key: pair for key, pair in whole.items() if pair[0] != pair[1]}


def _knobs(recipe: Table) -> list[Knob]:
    """The knobs that a recipe has, the options of its architecture behind the architecture's name."""
    listed: list[Knob] = []
    for knob in knobs(recipe_schema(), recipe):
        listed.append(knob)
        if knob.key == "architecture.id":
            options = [name for name in recipe["architecture"] if name != "id"]
            listed += [Knob(f"architecture.{name}", "", "", None) for name in options]
    return listed
