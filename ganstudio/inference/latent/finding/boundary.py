"""Directions across the boundary between what a classifier says yes and no to: InterFaceGAN, arXiv:1907.10786.

The boundary is a plane in the latent space, found by a logistic regression with a penalty where the paper takes a
linear SVM; both sides weigh the same, however many latents are on each.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.finding.measure import constant
from ganstudio.inference.latent.finding.sampled import Samples

Rows = NDArray[np.float64]
FEWEST = 100  # samples on either side
PENALTY = 1e-2


def boundary(samples: Samples, thing: str) -> Rows:
    """The normal [D] of the plane between latents whose pictures are `thing` and those that are not.

    Raises UsageError where all answers are the same, and where fewer than FEWEST latents are on one side.
    """
    values = samples.column(thing)
    if constant(values):
        raise UsageError(f"{thing}: the classifier gives the same answer on all {len(samples):,} pictures.")
    inside = values > 0
    few = int(min(inside.sum(), (~inside).sum()))
    if few < FEWEST:
        side = "are" if inside.sum() == few else "are not"
        raise UsageError(
            f"{thing}: {few} of {len(samples):,} pictures {side} of it; a boundary takes {FEWEST} on each side.",
            f"--samples {enough(few, len(samples))}" if few else None,
        )
    return normal(samples.flat, inside)


def enough(few: int, count: int) -> int:
    """Samples of which FEWEST and some to spare are of a kind that `few` of `count` are of, in thousands."""
    return math.ceil(1.25 * FEWEST * count / few / 1000) * 1000


def normal(flat: Rows, inside: NDArray[np.bool_]) -> Rows:
    """The normal [D] of the plane between rows of `flat` [N, D], of length 1, to the side of those `inside`."""
    from scipy.optimize import minimize
    from scipy.special import expit

    x = flat - flat.mean(0)
    x /= max(float(x.std()), 1e-12)
    sign = np.where(inside, 1.0, -1.0)
    weight = np.where(inside, 0.5 / inside.sum(), 0.5 / (~inside).sum())

    def loss(parameters: Rows) -> tuple[float, Rows]:
        plane, offset = parameters[:-1], parameters[-1]
        margin = sign * (x @ plane + offset)
        pull = -weight * sign * expit(-margin)
        value = float(weight @ np.logaddexp(0, -margin) + PENALTY / 2 * plane @ plane)
        return value, np.append(x.T @ pull + PENALTY * plane, pull.sum())

    plane = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x[:-1]
    found: Rows = plane / np.linalg.norm(plane)
    return found
