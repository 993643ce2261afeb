"""Directions along which samples differ the most: GANSpace, Härkönen et al. 2020, arXiv:2004.02546.

With styles they are the principal components of ws. Elsewhere they are those of the first activations,
added to the graph as an output, and carried back to z by a regression of z on each component. Activations
of many numbers are projected onto few by a fixed random matrix first, which keeps their distances: that bounds the
memory, where the paper takes an incremental PCA.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.graph import GraphStart
from ganstudio.inference.latent.finding.sampled import Samples
from ganstudio.progress import Progress, no_progress

Rows = NDArray[np.float64]
_PROJECTED = 512  # numbers that activations are projected onto
_MOST_LOOKED_AT = 16_384  # of an activation's numbers; of more every second, or third, ...


def components(samples: Samples, count: int, progress: Progress = no_progress) -> list[tuple[Rows, float]]:
    """`count` directions [D], strength 1 being one standard deviation, and the share of the variance that each has."""
    count = min(count, samples.flat.shape[1])
    if samples.model.space == "w":
        variances, axes = _principal(samples.flat)
        shares = variances / max(variances.sum(), 1e-30)
        return [(axes[:, k] * np.sqrt(variances[k]), float(shares[k])) for k in range(count)]
    looked_at = _activations(samples, progress)
    variances, axes = _principal(looked_at)
    shares = variances / max(variances.sum(), 1e-30)
    scores = (looked_at - looked_at.mean(0)) @ axes[:, :count] / np.sqrt(np.maximum(variances[:count], 1e-30))
    centred = samples.flat - samples.flat.mean(0)
    return [(centred.T @ scores[:, k] / len(scores), float(shares[k])) for k in range(count)]


def _principal(rows: Rows) -> tuple[Rows, Rows]:
    """Variances [D] and axes [D, D] of rows [N, D], the largest first."""
    x = rows - rows.mean(0)
    variances, axes = np.linalg.eigh(x.T @ x / len(x))
    return np.maximum(variances[::-1], 0), axes[:, ::-1]


def _activations(samples: Samples, progress: Progress) -> Rows:
    """The first activations of all samples, projected [N, <= 512]."""
    start = GraphStart(samples.model)
    name = start.first_activation()
    found: list[NDArray[np.float32]] = []
    matrix: NDArray[np.float32] | None = None
    step = 1
    done = 0
    for part in start.stream(name, samples.latents, samples.labels):
        rows = part.reshape(len(part), -1)
        if matrix is None:
            step = -(-rows.shape[1] // _MOST_LOOKED_AT)
            numbers = -(-rows.shape[1] // step)
            draw = np.random.RandomState(0)
            matrix = draw.randn(numbers, _PROJECTED).astype(np.float32) if numbers > _PROJECTED else None
        looked = rows[:, ::step]
        found.append(looked if matrix is None else looked @ matrix)
        done += len(rows)
        progress(done, len(samples))
    return np.concatenate(found).astype(np.float64)
