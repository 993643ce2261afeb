"""How different samples are from each other, beside how different real images are: mean pairwise LPIPS.

A generator that has collapsed draws images that are nearer to each other than the data's. Per class, as StarGAN v2
(Choi et al. 2019, arXiv:1912.01865) measures it, the collapse of one class is seen that the others hide.

The mean is over all n (n - 1) / 2 pairs, not over a draw of them: LPIPS is a squared distance between vectors
(lpips.py), and of those the mean follows from their sum and the sum of their squares, in one pass over n images:

    mean over i < j of |e_i - e_j|^2  =  2 / (n - 1) (sum of |e_i|^2 - |sum of e_i|^2 / n)

Its standard error is a jackknife that leaves out one of GROUPS groups of images at a time. Pairs share their images, so
the deviation over pairs would say far too little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.errors import UsageError
from ganstudio.progress import Progress, no_progress
from ganstudio.units import format_count

GROUPS = 20
FEWEST = 3  # images: leaving one out must leave a pair
_CHUNK = 32


@dataclass(frozen=True)
class Spread:
    """Count, sum and sum of squares of embeddings; those of two sets add up to those of their union."""

    count: int
    total: Tensor  # [D] float64; [] where there are none yet
    squares: float

    @classmethod
    def empty(cls) -> Spread:
        return cls(0, torch.zeros((), dtype=torch.float64), 0.0)

    @classmethod
    def of(cls, embeddings: Tensor) -> Spread:
        """That of one batch [N, D]."""
        exact = embeddings.cpu().double()
        return cls(len(exact), exact.sum(0), float(exact.square().sum()))

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.count + other.count, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: Spread) -> Spread:
        return Spread(self.count - other.count, self.total - other.total, self.squares - other.squares)

    def mean_distance(self) -> float:
        """The mean squared distance over all pairs; two embeddings at least."""
        apart = self.squares - float(self.total.square().sum()) / self.count
        return max(2 * apart / (self.count - 1), 0.0)


@dataclass(frozen=True)
class Diversity:
    """`value` is the mean distance over the pairs of `n` images, `error` its standard error.

    `classes` hold the same of each class that has FEWEST images or more, by index; `within` is the mean over them, None
    where there are none.
    """

    score: str
    n: int
    value: float
    error: float
    classes: dict[int, Diversity]

    @property
    def within(self) -> tuple[float, float] | None:
        """The mean over classes and its standard error."""
        found = list(self.classes.values())
        if not found:
            return None
        error = math.sqrt(sum(one.error**2 for one in found)) / len(found)
        return sum(one.value for one in found) / len(found), error

    def as_json(self, names: Sequence[str] = ()) -> dict[str, Any]:
        told = {"score": self.score, "value": self.value, "error": self.error, "n": self.n}
        if not self.classes:
            return told
        value, error = self.within or (math.nan, math.nan)
        classes = {names[index]: one.as_json() for index, one in self.classes.items()}
        return {**told, "within": {"value": value, "error": error}, "classes": classes}


def diversity(
    lpips: Lpips,
    pixels: Tensor,
    labels: Tensor | None = None,
    device: torch.device | None = None,
    progress: Progress = no_progress,
) -> Diversity:
    """That of `pixels` uint8 [N, 1 or 3, H, W], and of each class where `labels` [N] tell them. `lpips` is on `device`.

    Two figures compare where network, side and N are the same; the order of the images decides the groups alone.
    Raises UsageError for fewer than FEWEST images.
    """
    if len(pixels) < FEWEST:
        raise UsageError(f"diversity: {FEWEST} images or more are needed; got {len(pixels)}.")
    whole = [Spread.empty() for _ in range(GROUPS)]
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(pixels))

    classes: dict[int, Diversity] = {}
    for label in [None] if labels is None else labels.unique().tolist():
        rows = torch.arange(len(pixels)) if label is None else (labels == label).nonzero()[:, 0]
        groups = _groups(lpips, pixels, rows, device, advance)
        whole = [mine + more for mine, more in zip(whole, groups, strict=True)]
        if label is not None and len(rows) >= FEWEST:
            classes[label] = _judged(lpips, groups, {})
    return _judged(lpips, whole, classes)


def _judged(lpips: Lpips, groups: list[Spread], classes: dict[int, Diversity]) -> Diversity:
    whole = sum(groups, Spread.empty())
    without = np.array([(whole - group).mean_distance() for group in groups if group.count])
    error = math.sqrt((len(without) - 1) * without.var())
    score = f"LPIPS-diversity[{lpips.stamp}]-{format_count(whole.count)}"
    return Diversity(score, whole.count, whole.mean_distance(), error, classes)


@torch.inference_mode()
def _groups(
    lpips: Lpips, pixels: Tensor, rows: Tensor, device: torch.device | None, advance: Callable[[int], None]
) -> list[Spread]:
    """Image number i of `rows` is in group i modulo GROUPS."""
    groups = []
    for first in range(GROUPS):
        spread = Spread.empty()
        for some in rows[first::GROUPS].split(_CHUNK):
            if len(some):
                spread += Spread.of(lpips.embed(pixels[some].to(device).float() / 127.5 - 1))
                advance(len(some))
        groups.append(spread)
    return groups
