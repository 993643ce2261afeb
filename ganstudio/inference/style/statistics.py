"""Means and deviations of a picture's features: all that AdaIN knows of a style (Huang & Belongie 2017).

arXiv:1703.06868, equations 5 and 6, taken over height and width. They add up: a picture that is looked at tile by tile
has the statistics of the whole, and the mean of several styles' statistics is a style between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EPSILON = 1e-5  # added to a variance, so that a channel that is everywhere the same can be divided by its deviation


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of each of F channels: `mean` and `std`, float32 [F]; std is sqrt(variance of the population + EPSILON)."""

    mean: NDArray[np.float32]
    std: NDArray[np.float32]


class StylePicture(NamedTuple):
    """What is known of a style by one picture; `thumbnail` is uint8 [256, 256, 3], its middle."""

    statistics: Statistics
    thumbnail: NDArray[np.uint8]
    notes: tuple[str, ...]


class Sums:
    """Gathers the statistics of features that come in parts, as exactly as of all at once.

    Parts are put together by Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", eq. 2.1.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean: NDArray[np.float64] = np.zeros(0)
        self._squares: NDArray[np.float64] = np.zeros(0)  # of the distances from the mean, summed

    def add(self, features: NDArray[np.float32]) -> None:
        """Takes a part in: features [F, ...], whatever its height and width."""
        flat = features.reshape(len(features), -1).astype(np.float64)
        count, mean = flat.shape[1], flat.mean(1)
        squares = np.square(flat - mean[:, None]).sum(1)
        if self._count == 0:
            self._count, self._mean, self._squares = count, mean, squares
            return
        total, apart = self._count + count, mean - self._mean
        self._squares = self._squares + squares + apart**2 * (self._count * count / total)
        self._mean = self._mean + apart * (count / total)
        self._count = total

    def statistics(self) -> Statistics:
        """Those of all parts so far, of which there is one at least."""
        std = np.sqrt(self._squares / self._count + EPSILON)
        return Statistics(self._mean.astype(np.float32), std.astype(np.float32))


def blended(styles: Sequence[tuple[Statistics, float]]) -> Statistics:
    """The mean of several styles' statistics, each with its weight; weights are 0 or more, and one is above 0."""
    total = sum(weight for _, weight in styles)
    mean = sum(one.mean.astype(np.float64) * (weight / total) for one, weight in styles)
    std = sum(one.std.astype(np.float64) * (weight / total) for one, weight in styles)
    return Statistics(np.asarray(mean, np.float32), np.asarray(std, np.float32))
