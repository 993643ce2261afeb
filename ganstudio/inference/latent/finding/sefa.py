"""Directions in closed form: those that the first weights enlarge the most. SeFa, Shen and Zhou, arXiv:2007.06600.

They are the eigenvectors of A^T A, A being the weights that latents enter first: of all affine maps of
ws where there are styles, of the first layer of z elsewhere. Nothing is sampled for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.graph import GraphStart
from ganstudio.inference.latent.model import LatentModel


def eigenvectors(model: LatentModel, layers: slice, count: int) -> list[NDArray[np.float64]]:
    """`count` vectors [size] of length 1, the one that changes the most first; fewer where there are no more.

    Raises UsageError where the first weights are not in the graph.
    """
    weights = GraphStart(model).first_weights(layers)
    values, axes = np.linalg.eigh(weights.T @ weights)
    there = int((values > 1e-9 * values.max()).sum())
    return [axes[:, -1 - place] for place in range(min(count, there))]
