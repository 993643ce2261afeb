"""What networks are made for, as their checkpoint says: the knobs that shape them, and the shape of their images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ganstudio.engine.contract import DataShape, Options
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.settings import as_setting
from ganstudio.units import both_texts

MadeFor = dict[str, Any]  # `knobs` by their keys, `channels`, `size` and `classes`; plain values


def made_for(recipe: Recipe, options: Options, shape: DataShape) -> MadeFor:
    """What a checkpoint says of its networks. `options` are all of the architecture's, the usual ones too."""
    own = {f"architecture.{key}": value for key, value in options.model_dump(mode="json").items()}
    return {
        "knobs": {"architecture.id": recipe.architecture.id, **own, "objective.san": recipe.objective.san},
        "channels": shape.channels,
        "size": list(shape.size),
        "classes": shape.classes,
    }


def differences(theirs: MadeFor, ours: MadeFor) -> Iterator[str]:
    """Phrases with both values. Of another architecture, whose knobs mean other things, its id alone is told."""
    other = _differing(theirs, ours)
    if "architecture.id" in other:
        other = {"architecture.id": other["architecture.id"]}
    for key, (there, here) in other.items():
        yield f"{key} is {as_setting(there)} there, {as_setting(here)} here"
    if theirs["channels"] != ours["channels"]:
        yield f"images have {theirs['channels']} channels there, {ours['channels']} here"
    if theirs["size"] != ours["size"]:
        yield f"images are {_size_text(theirs['size'])} there, {_size_text(ours['size'])} here"
    if theirs["classes"] != ours["classes"]:
        yield f"the data has {theirs['classes'] or 'no'} classes there, {ours['classes'] or 'none'} here"


def matching_settings(theirs: MadeFor, ours: MadeFor, size_knob: str = "data.resolution") -> list[str]:
    """The settings that make networks like theirs; [] where none do, as of another architecture or other classes."""
    other = {key: there for key, (there, _) in _differing(theirs, ours).items()}
    if "architecture.id" in other:
        return []
    there, here = theirs["size"], ours["size"]
    if there != here and there[:-2] == here[:-2]:
        other[size_knob] = there[-1] if there[-1] == there[-2] else there[-2:]
    return [f"{key}={as_setting(value)}" for key, value in other.items()]


def _differing(theirs: MadeFor, ours: MadeFor) -> dict[str, tuple[Any, Any]]:
    """Knobs of both, with both values; those that only one version of the architecture has are passed over."""
    here: Mapping[str, Any] = ours["knobs"]
    return {key: (value, here[key]) for key, value in theirs["knobs"].items() if here.get(key, value) != value}


def _size_text(size: list[int]) -> str:
    return f"{both_texts(size)} px" if len(size) == 2 else " x ".join(map(str, size))
