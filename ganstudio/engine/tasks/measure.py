"""What a task is measured by: a name, which way is better, and whether it decides which checkpoint is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from ganstudio.engine.contract import Batch
from ganstudio.runs.direction import Better


@dataclass(frozen=True)
class Measure:
    """One number that training reports now and then.

    `compare` gives one value an image, [N], of what was made of held-out inputs, [N, C, H, W] in [-1, 1], and of the
    batch that has these and what the data has for them. Without it the measure is the Fréchet distance of samples, in
    the features that the recipe names. The one that is `best` decides: best.json, `--patience` and `fd` in
    `--stop-when` go by it.
    """

    name: str
    better: Better
    best: bool = False
    compare: Callable[[Tensor, Batch], Tensor] | None = None


FRECHET = Measure("fid", "lower", best=True)


def best_first(measures: Sequence[Measure]) -> list[Measure]:
    """The measures, the best one first. Raises ValueError unless exactly one of them is it."""
    if [measure.best for measure in measures].count(True) != 1:
        raise ValueError(f"exactly one measure must be the best; got {[m.name for m in measures if m.best]}.")
    return sorted(measures, key=lambda measure: not measure.best)
