"""The shape that networks are built for: of the data as a recipe has it seen, and of what pictures are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganstudio.data.store import DataSet
from ganstudio.engine.contract import DataShape
from ganstudio.engine.crops import Crop
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import Data
from ganstudio.units import HeightWidth, recipe_text, size_at


def seen_shape(data: DataSet, choice: Data) -> DataShape:
    """That of a data set. Raises RecipeError where the crop cannot be cut out of its pictures."""
    manifest = data.manifest
    classes = tuple(manifest.class_counts) if manifest.classes else ()
    size = manifest.size_at(choice.size)
    return _seen(choice, size, manifest.channels, classes, manifest.size, manifest.source_shape)


def recorded_shape(recorded: Mapping[str, Any], choice: Data) -> DataShape:
    """That of the data that a run's record tells of, each class counted once; the data set itself is not needed."""
    # runs of earlier versions say nothing of axes, for they are of images, nor of a size, for these are square
    stored = recorded.get("size") or [recorded["resolution"]] * 2
    size = size_at(recorded.get("axes", "HWC"), recorded.get("depth"), (stored[0], stored[1]), choice.size)
    classes = (1,) * len(recorded["classes"])
    return _seen(choice, size, recorded["channels"], classes, stored, recorded.get("source_shape"))


def source_size(stored_source: Sequence[int], stored: Sequence[int], size: tuple[int, ...]) -> HeightWidth:
    """(H, W) of sources whose pictures, `stored` in (H, W), are seen in `size`: both are averaged down alike."""
    height, width = (of * seen // own for of, seen, own in zip(stored_source, size[-2:], stored, strict=False))
    return height, width


def _seen(
    choice: Data,
    size: tuple[int, ...],
    channels: int,
    classes: tuple[int, ...],
    stored: Sequence[int],
    stored_source: Sequence[int] | None,
) -> DataShape:
    """`size` is that at which the pictures, `stored` in (H, W), are seen; sources, stored in (H, W, C), follow them."""
    source = None
    if stored_source is not None:
        source = (stored_source[2], *source_size(stored_source, stored, size))
    crop = Crop.of(choice.crop_size, size, source and source[1:])
    if crop is not None:
        if problems := [f"data.crop: {one} Nearest: {recipe_text(crop.nearest)}." for one in crop.problems()]:
            raise RecipeError(problems)
        size = (*size[:-2], *crop.size)
        source = source and (source[0], *crop.scaled(source[1:]))
    return DataShape(channels, size, classes, source)
