"""The tiles that a training cuts the pictures of a folder into, where it learns from them at their full resolution."""

from __future__ import annotations

from ganstudio.recipe.schema import AS_STORED, Recipe
from ganstudio.recipe.task_choices import SuperresTask
from ganstudio.units import Size

SMALLEST = 128  # pixels: a tile that leaves a crop some places to be cut from


def tile_of(recipe: Recipe) -> Size | None:
    """Their size; None where pictures are scaled: for all but super-resolution, which learns what scaling takes away.

    It is the recipe's resolution; where that is the data set's own, a power of two above the crop.
    """
    if not isinstance(recipe.task, SuperresTask):
        return None
    if recipe.data.resolution != AS_STORED:
        return recipe.data.size
    return max(SMALLEST, 1 << max(recipe.data.crop_size or (0, 0)).bit_length())
