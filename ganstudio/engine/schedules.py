"""What changes as training goes on, as functions of the images seen so far."""

from __future__ import annotations

import math
from typing import assert_never

from ganstudio.engine.contract import Stage
from ganstudio.recipe.schema import Adaptive, Augmentation, Constant, Ramp, Recipe


def stage_at(recipe: Recipe, nimg: int) -> Stage:
    """The stage of progressive growing; without `growth`, the target resolution from the start.

    Stages double the resolution. Time up to `growth.until` is cut into as many shares as there are doublings: the first
    stage settles for half a share, each later one fades in over half a share and settles for another half.
    """
    target, growth = recipe.data.resolution, recipe.growth
    if growth is None or growth.start >= target:
        return Stage(target, 1.0)
    doublings = round(math.log2(target / growth.start))
    share = growth.until * recipe.training.kimg * 1000 / doublings
    at = nimg / share - 0.5 if share > 0 else math.inf
    if at < 0:
        return Stage(growth.start, 1.0)
    number = min(int(min(at, doublings)) + 1, doublings)
    return Stage(growth.start * 2**number, min(2 * (at - number + 1), 1.0))


def crossed(every_kimg: float, before: int, after: int) -> bool:
    """Did the count of images pass a multiple of `every_kimg`?"""
    every = max(round(every_kimg * 1000), 1)
    return after // every > before // every


def augment_p(augmentation: Augmentation | None, nimg: int, adapted: float) -> float | None:
    """The chance of an augmentation, or None where there is none; `adapted` is what adaptation has reached."""
    if augmentation is None:
        return None
    match augmentation.p:
        case Constant(value=value):
            return value
        case Ramp(start=start, end=end, kimg=kimg):
            return start + (end - start) * min(nimg / (kimg * 1000), 1.0)
        case Adaptive():
            return adapted
        case unreachable:
            assert_never(unreachable)
