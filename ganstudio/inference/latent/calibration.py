"""How long a direction's vector is: strength 1 moves the mean of what is measured by one standard deviation.

The deviation is over all samples, the mean over the first CALIBRATED of them, drawn with and without the move. Where
nothing is measured, as of `pca` and `sefa`, strength 1 is one standard deviation of latents along the vector instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.sampled import Samples, moved_pixels
from ganstudio.progress import Progress, no_progress

CALIBRATED = 1000
_TRIES = 8
_NEAR = 0.02  # standard deviations
_FARTHEST = 6.0  # standard deviations of latents: nothing that was trained is beyond
_STEP = 2.5  # times as long, or as short, in one try

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Calibrated:
    """A vector [D] as long as strength 1, and by how many standard deviations that moves the mean: 1 where it can."""

    flat: Rows
    moves_mean_by: float


def calibrated(
    samples: Samples, flat: Rows, thing: str, over: int = CALIBRATED, progress: Progress = no_progress
) -> Calibrated:
    """`flat` [D], made as long as moves the mean of `thing` by one standard deviation, or as far as it goes."""
    over = min(over, len(samples))
    one = one_deviation(samples, flat)
    before, deviation = samples.column(thing)[:over].mean(), max(float(samples.column(thing).std()), 1e-12)
    length, best = 1.0, Calibrated(one, 0.0)
    for turn in range(_TRIES):
        moved = (moved_values(samples, length * one, thing, over).mean() - before) / deviation
        found = Calibrated(length * one, float(moved))
        best = min(best, found, key=lambda tried: abs(tried.moves_mean_by - 1))
        progress(turn + 1, _TRIES)
        if abs(moved - 1) < _NEAR or (moved < 1 and length >= _FARTHEST):
            break
        factor = 1 / moved if moved > 0 else _STEP
        length = min(length * float(np.clip(factor, 1 / _STEP, _STEP)), _FARTHEST)
    progress(_TRIES, _TRIES)
    return best


def one_deviation(samples: Samples, flat: Rows) -> Rows:
    """`flat` [D], made as long as one standard deviation of samples along it."""
    direction = flat / max(float(np.linalg.norm(flat)), 1e-30)
    found: Rows = direction * float((samples.flat @ direction).std())
    return found


def moved_values(samples: Samples, flat: Rows, thing: str, over: int) -> Rows:
    """What is measured of `thing` in the first `over` samples, moved by `flat` [D]."""
    labels = None if samples.labels is None else samples.labels[:over]
    column = samples.gauges.names.index(thing)
    vector = samples.vector(flat)
    parts = moved_pixels(samples.model, samples.latents[:over], range(over), labels, vector)
    return np.concatenate([samples.gauges.values(pixels)[:, column] for pixels in parts])
