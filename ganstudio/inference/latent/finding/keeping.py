"""Directions that go around what changes a picture's class.

A linear direction leaves out slopes of a class's answer that are the same everywhere (measure.py); here are those that
differ from picture to picture. The margin m_i of a picture is by how much its own class is ahead of the next, g_i its
slope. Of all ways that move the thing as much, d = (C + a I)^-1 s changes margins the least, where s is the thing's
slope and C the mean of g_i g_i': what Fisher's discriminant is for one class against another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.sampled import Samples, moved_pixels
from ganstudio.inference.latent.gauges import probability

Rows = NDArray[np.float64]

SOFTNESSES = (1.0, 0.3, 0.1, 0.03)  # a, in mean eigenvalues of C
_SURE = 0.8  # of a class
_MOST, _FEWEST = 300, 20  # pictures
_PROBES = 30_000  # of all of them together
_STEP = 0.7  # of a deviation of a latent's numbers


def class_changes(samples: Samples) -> Rows | None:
    """C [D, D], by a step along each number of some latents whose class is sure; None where too few are."""
    columns, size = samples.gauges.classes, samples.flat.shape[1]
    answers = samples.values[:, columns]
    sure = np.flatnonzero(probability(answers.max(1)) >= _SURE) if len(columns) > 1 else np.zeros(0, np.int64)
    rows = sure[: min(_MOST, max(_FEWEST, _PROBES // size))]
    if len(rows) < _FEWEST:
        return None
    own = answers[rows].argmax(1)
    labels = None if samples.labels is None else samples.labels[rows]
    before, step = _margins(answers[rows], own), _STEP * float(samples.flat.std(0).mean())
    slopes = np.zeros((len(rows), size))
    for number in range(size):
        along = np.zeros(size)
        along[number] = step
        parts = moved_pixels(samples.model, samples.latents[rows], rows.tolist(), labels, samples.vector(along))
        moved = np.concatenate([samples.gauges.values(pixels)[:, columns] for pixels in parts])
        slopes[:, number] = (_margins(moved, own) - before) / step
    found: Rows = slopes.T @ slopes / len(rows)
    return found


def around(slope: Rows, changes: Rows, softness: float) -> Rows:
    """The way [D] that moves what `slope` [D] is of, and changes margins little; the softer, the nearer to `slope`."""
    size = len(slope)
    found: Rows = np.linalg.solve(changes + softness * np.trace(changes) / size * np.eye(size), slope)
    return found


def _margins(answers: Rows, own: NDArray[np.int64]) -> Rows:
    """[N]: how far the answer [N, K] on each one's own class is above the highest of the others."""
    others = answers.copy()
    others[np.arange(len(own)), own] = -np.inf
    found: Rows = answers[np.arange(len(own)), own] - others.max(1)
    return found
