"""Directions that change a measured number: the slope of a ridge regression of it on latents.

Of normal latents that slope is the mean gradient of the number (Stein's lemma), so it is the straight way that moves
the mean the most. Where pictures have classes the regression is done within each of them, so that what differs from
class to class is not taken for what changes in a picture; and a second candidate leaves out what would change the
answers on the class as well; keeping.py has further ones. Which is taken is decided by trying them: see proof.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.finding.sampled import Samples

Rows = NDArray[np.float64]

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # in mean variances of a latent's numbers
_NEAR_BEST = 0.01  # of the variance: as well explained, the less penalized slope is taken
_HELD_OUT = 5  # every fifth latent tells how well a slope predicts
_CONSTANT = 1e-6  # of a measure's size: less is no change


def candidates(samples: Samples, thing: str) -> dict[str, Rows]:
    """Slopes [D] along which the thing called `thing` may change, by how they were found.

    Raises UsageError where it is the same for all pictures.
    """
    values = samples.column(thing)
    if constant(values):
        raise UsageError(f"--only {thing}: it is {values[0]:.3g} for all pictures, so nothing changes it.")
    flat, groups = samples.flat, samples.groups()
    if groups is None:
        return {"regression": slope(flat, values)}
    within = slope(centred(flat, groups), centred(values, groups))
    found = {"regression within classes": within}
    answers = [column for column in samples.gauges.classes if samples.gauges.names[column] != thing]
    if answers and len(answers) <= flat.shape[1] // 4:
        others = np.stack([slope(flat, samples.values[:, column]) for column in answers], axis=1)
        found["regression within classes, without what changes the class"] = without(within, others)
    return found


def slope(flat: Rows, values: Rows) -> Rows:
    """The slope [D] of a ridge regression of `values` [N] on rows of `flat` [N, D].

    The penalty is the weakest that predicts latents which it has not seen about as well as any: in w a strong one turns
    the slope to where ws vary the most, and classes with it.
    """
    held = np.arange(len(flat)) % _HELD_OUT == 0
    errors = np.array([_error(found, flat, values, held) for found in _slopes(flat[~held], values[~held])])
    limit = errors.min() + _NEAR_BEST * values[held].var()
    best = int(np.flatnonzero(errors <= limit).min())
    return _slopes(flat, values)[best]


def _slopes(flat: Rows, values: Rows) -> list[Rows]:
    """A slope for each of PENALTIES."""
    x, y = flat - flat.mean(0), values - values.mean()
    variances, axes = np.linalg.eigh(x.T @ x / len(x))
    along = axes.T @ (x.T @ y / len(x))
    scale = max(float(variances.mean()), 1e-12)
    return [axes @ (along / (np.maximum(variances, 0) + penalty * scale)) for penalty in PENALTIES]


def _error(found: Rows, flat: Rows, values: Rows, held: NDArray[np.bool_]) -> float:
    predicted = (flat - flat[~held].mean(0)) @ found + values[~held].mean()
    return float(((predicted - values)[held] ** 2).mean())


def centred(rows: Rows, groups: NDArray[np.int64]) -> Rows:
    """`rows` [N, ...], each less the mean of its group."""
    found = rows.copy()
    for group in np.unique(groups):
        found[groups == group] -= found[groups == group].mean(0)
    return found


def without(vector: Rows, others: Rows) -> Rows:
    """`vector` [D] less what it has in common with the columns of `others` [D, K].

    Conditional manipulation: Shen et al. 2020, arXiv:1907.10786, under any number of conditions.
    """
    axes, sizes, _ = np.linalg.svd(others, full_matrices=False)
    axes = axes[:, sizes > 1e-6 * max(float(sizes.max(initial=0.0)), 1e-30)]
    found: Rows = vector - axes @ (axes.T @ vector)
    return found


def constant(values: Rows) -> bool:
    """Whether a measure is the same for all pictures."""
    return bool(values.std() <= _CONSTANT * max(1.0, float(np.abs(values).mean())))
