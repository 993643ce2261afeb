"""A direction turned a little, to where pictures keep their class at both of its ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.boundary import FEWEST
from ganstudio.inference.latent.finding.measure import constant, slope, without
from ganstudio.inference.latent.finding.sampled import Samples, moved_pixels
from ganstudio.inference.latent.gauges import probability

Rows = NDArray[np.float64]

_SURE = 0.8  # of a class, before the move
_MOST = 5000  # samples that are moved
_STEP = 0.3  # of the direction's length


def turned(samples: Samples, flat: Rows, thing: str) -> Rows:
    """`flat` [D], one step of gradient ascent nearer to keeping classes, while `thing` changes as it did.

    What rises is the mean probability of the class that a sample has, at strengths -1 and 1. Its gradient is the slope
    of that probability on latents, in the samples of each class. `flat` itself where too few samples are sure.
    """
    columns = samples.gauges.classes
    answers = samples.values[:, columns]
    rows = np.flatnonzero(probability(answers.max(1)) >= _SURE)[:_MOST] if columns else np.zeros(0, np.int64)
    own, latents = answers[rows].argmax(1), samples.flat[rows]
    labels = None if samples.labels is None else samples.labels[rows]
    gradient = np.zeros_like(flat)
    for sign in (-1, 1):
        parts = moved_pixels(samples.model, samples.latents[rows], rows.tolist(), labels, samples.vector(sign * flat))
        moved = [samples.gauges.values(pixels)[:, columns] for pixels in parts]
        kept = probability(np.concatenate(moved)[np.arange(len(rows)), own]) if moved else np.zeros(0)
        for group in range(len(columns)):
            of_it = own == group
            if of_it.sum() >= FEWEST and not constant(kept[of_it]):
                gradient += sign * of_it.mean() * slope(latents[of_it], kept[of_it])
    gradient = without(gradient, slope(samples.flat, samples.column(thing))[:, None])
    size = float(np.linalg.norm(gradient))
    return flat + _STEP * float(np.linalg.norm(flat)) * gradient / size if size > 0 else flat
