"""What changes as training goes on, as functions of the images seen so far."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count, takewhile
from typing import Any, assert_never

from ganstudio.engine.contract import Stage
from ganstudio.recipe.numbers import scheduled_numbers, value_at
from ganstudio.recipe.schema import Adaptive, Constant, Optimizer, Ramp, Recipe


def stage_at(recipe: Recipe, nimg: int) -> Stage:
    """The stage of progressive growing; without `growth`, the target size from the start.

    Stages double both sides. Time up to `growth.until` is cut into as many shares as there are doublings: the first
    stage settles for half a share, each later one fades in over half a share and settles for another half.
    """
    target, growth = recipe.data.side, recipe.growth
    if growth is None or growth.start >= target:
        return Stage(0, 1.0)
    doublings = round(math.log2(target / growth.start))
    share = growth.until * recipe.training.schedule_length * 1000 / doublings
    at = nimg / share - 0.5 if share > 0 else math.inf
    if at < 0:
        return Stage(doublings, 1.0)
    number = min(int(min(at, doublings)) + 1, doublings)
    return Stage(doublings - number, min(2 * (at - number + 1), 1.0))


def crossed(every_kimg: float, before: int, after: int) -> bool:
    """Did the count of images pass a mark: 1, 2, 5, 10, 20, ... kimg below `every_kimg`, then its multiples?

    So a slow machine shows something within its first minutes, and a long run is not looked at more often for it.
    """
    every = _interval(every_kimg)
    return after // every > before // every or any(before < mark <= after for mark in _early(every))


def marks(every_kimg: float, end: int) -> Iterator[int]:
    """The marks that `crossed` finds up to `end` images, in order."""
    every = _interval(every_kimg)
    yield from takewhile(lambda mark: mark <= end, _early(every))
    yield from range(every, end + 1, every)


def _interval(every_kimg: float) -> int:
    return max(round(every_kimg * 1000), 1)


def _early(every: int) -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ... thousand images, as far as they are below the interval."""
    steps = (digit * 10**power for power in count(3) for digit in (1, 2, 5))
    return takewhile(lambda mark: mark < every, steps)


def augment_p(recipe: Recipe, nimg: int, adapted: float) -> float | None:
    """The chance of an augmentation, or None where there is none; `adapted` is what adaptation has reached."""
    if recipe.augmentation is None:
        return None
    match recipe.augmentation.p:
        case Constant(value=number) | Ramp(number=number):
            return value_at(number, nimg, recipe.training.schedule_length)
        case Adaptive():
            return adapted
        case unreachable:
            assert_never(unreachable)


def rates(choice: Optimizer, nimg: int, schedule_kimg: float) -> dict[str, Any]:
    """What a side's optimizer goes by after `nimg` images, as torch names it: learning rate, betas or smoothing."""
    lr = value_at(choice.lr, nimg, schedule_kimg)
    first, second = (value_at(beta, nimg, schedule_kimg) for beta in choice.betas)
    return {"lr": lr, **({"alpha": second} if choice.kind == "rmsprop" else {"betas": (first, second)})}


def numbers_now(recipe: Recipe, nimg: int) -> dict[str, float]:
    """The value of every number that changes, by key, as a tick tells it."""
    length = recipe.training.schedule_length
    return {key: value_at(number, nimg, length) for key, number in scheduled_numbers(recipe)}
