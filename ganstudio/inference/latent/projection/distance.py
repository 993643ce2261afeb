"""How far two pictures are apart, by their pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Distance(NamedTuple):
    """Means over all values of images in [-1, 1]: of squared and of absolute differences."""

    mse: float
    mae: float

    def __str__(self) -> str:
        return f"{self.mse:.4f} squared, {self.mae:.4f} absolute"


def distance(a: Floats, b: Floats) -> Distance:
    """Of images of one shape, one or many."""
    off = a.astype(np.float64) - b
    return Distance(float(np.square(off).mean()), float(np.abs(off).mean()))


def squared_distances(a: Floats, b: Floats) -> NDArray[np.float64]:
    """Means of squared differences [N, M] of each of `a` [N, ...] from each of `b` [M, ...]."""
    left, right = (images.reshape(len(images), -1).astype(np.float64) for images in (a, b))
    both = np.square(left).sum(1)[:, None] - 2 * left @ right.T + np.square(right).sum(1)
    found: NDArray[np.float64] = np.maximum(both, 0) / left.shape[1]
    return found
