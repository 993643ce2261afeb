"""How near pixels are to those that were wanted: PSNR and SSIM, as trainings measure them, without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST_DB = 100.0  # of pictures that are equal
_SIGMA, _REACH = 1.5, 5  # of the Gaussian window, in pixels: 11x11
_K1, _K2 = 0.01, 0.03
_STRIP = 256  # rows at a time, so that memory does not grow with the picture


def psnr(made: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB of pixels [H, W, C]: 10 log10 of 255 squared over the mean squared error."""
    total = 0.0
    for top in range(0, len(made), _STRIP):
        strips = (one[top : top + _STRIP].astype(np.float64) for one in (made, wanted))
        total += float(np.square(np.subtract(*strips)).sum())
    error = total / (made.size * 255.0**2)
    return min(_LARGEST_DB, -10 * float(np.log10(error))) if error else _LARGEST_DB


def ssim(made: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> float:
    """Structural similarity of pixels [H, W, C], 1 for equal ones: the mean over places and channels.

    Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity", eq. 13, with its
    window: an 11x11 Gaussian of 1.5 pixels, only where it lies inside the picture. Smaller pictures have a smaller one.
    """
    rows, columns = (min(_REACH, (side - 1) // 2) for side in made.shape[:2])
    total, count = 0.0, 0
    for top in range(0, len(made) - 2 * rows, _STRIP):
        strip = slice(top, top + _STRIP + 2 * rows)
        likeness = _likeness(made[strip] / 255.0, wanted[strip] / 255.0, rows, columns)
        total, count = total + float(likeness.sum()), count + likeness.size
    return total / count


def _likeness(a: NDArray[np.float64], b: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return _smooth(_smooth(values, rows, 0), columns, 1)

    mean_a, mean_b = smooth(a), smooth(b)
    spread = smooth(a * a) - mean_a**2 + smooth(b * b) - mean_b**2
    shared = smooth(a * b) - mean_a * mean_b
    c1, c2 = _K1**2, _K2**2
    likeness: NDArray[np.float64] = (2 * mean_a * mean_b + c1) * (2 * shared + c2)
    likeness /= (mean_a**2 + mean_b**2 + c1) * (spread + c2)
    return likeness


def _smooth(values: NDArray[np.float64], reach: int, axis: int) -> NDArray[np.float64]:
    """Means along an axis under the window, at each place where it lies inside."""
    weights = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * _SIGMA**2))
    left = values.shape[axis] - 2 * reach
    parts = (weight * values.take(range(n, n + left), axis) for n, weight in enumerate(weights / weights.sum()))
    return np.asarray(sum(parts))
