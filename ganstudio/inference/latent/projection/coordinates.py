"""Coordinates that latents are searched in: z itself, or the principal components of w, each of variance 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents

Floats = NDArray[np.float32]

MEASURED = 4_000  # latents, whose ws tell the principal components
MOST = 128  # components that are searched; those left out stay where the search began
_LEAST = 1e-6  # of the largest variance: what varies less is constant
_MARGIN = 2.0  # beyond the root of their number: of 1,000 normal latents two lie further out


@dataclass(frozen=True, eq=False)
class Coordinates:
    """latents [N, layers, size] are `centre` + u @ `axes`, the same in every layer; u [N, K] has variance 1.

    `centre` is float32 [layers, size], `axes` [K, size], its rows orthogonal.
    """

    centre: Floats
    axes: Floats

    @classmethod
    def of(cls, model: LatentModel) -> Coordinates:
        """z as it is; of a generator with styles what the ws of 4,000 latents, classes in turn, vary along."""
        if model.space == "z":
            return cls(np.zeros((1, model.size), np.float32), np.eye(model.size, dtype=np.float32))
        z = latents(range(MEASURED), model.whole.z_dim)
        turns = [n % len(model.classes) for n in range(MEASURED)] if model.classes else None
        ws = np.concatenate(
            [model.latents(z[at : at + 500], turns and turns[at : at + 500]) for at in range(0, MEASURED, 500)]
        )
        away = (ws - model.mean).mean(1, dtype=np.float64)
        variances, vectors = np.linalg.eigh(np.cov(away.T).reshape(model.size, model.size))
        kept = [n for n in np.argsort(-variances)[:MOST] if variances[n] > _LEAST * variances.max()]
        axes = vectors.T[kept] * np.sqrt(variances[kept])[:, None]
        return cls(model.mean, axes.astype(np.float32))

    @property
    def count(self) -> int:
        return len(self.axes)

    @property
    def radius(self) -> float:
        """How far from the centre drawable latents lie: nearly all that the model itself draws are nearer."""
        return math.sqrt(self.count) + _MARGIN

    def of_latents(self, given: Floats) -> NDArray[np.float64]:
        """u [N, K] of latents [N, layers, size]."""
        away = (given - self.centre).mean(1, dtype=np.float64)
        wide = self.axes.astype(np.float64)
        u: NDArray[np.float64] = away @ wide.T / np.square(wide).sum(1)
        return u

    def moved(self, start: Floats, u: NDArray[np.float64]) -> Floats:
        """Latents [N, layers, size]: `start` [layers, size] with its coordinates replaced by `u` [N, K]."""
        change = u - self.of_latents(start[None])
        return (start + (change @ self.axes.astype(np.float64))[:, None]).astype(np.float32)

    def kept_drawable(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """`u` [N, K], those beyond `radius` brought back to it."""
        norms = np.linalg.norm(u, axis=1, keepdims=True)
        kept: NDArray[np.float64] = u * np.minimum(1, self.radius / np.maximum(norms, 1e-12))
        return kept
