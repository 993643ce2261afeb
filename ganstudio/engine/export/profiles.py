"""An average of any length as a sum of those that were stored: the mathematics, without weights.

Karras et al. 2024, arXiv:2312.02696, section 3.2 and appendix C. Times are shares of the images that the wanted average
ends at, so it ends at 1. Unlike the paper's, coefficients add up to 1: weights that never moved come out as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ganstudio.engine.averages.power_function import gamma_of_std
from ganstudio.recipe.allowed_values import EMA_STDS

LARGEST_ERROR = 0.03
STEP = 0.001  # from one std that is tried to the next

Array = NDArray[np.float64]

# Between two times at which stored profiles end all are smooth: panels of Gauss-Legendre's rule there.
_PANELS, _NODES = 16, 16
_NEGLIGIBLE = 1e-12  # of the largest eigenvalue: directions in which the stored profiles do not differ


def profile(tau: Array, time: float, gamma: float) -> Array:
    """The weight of each tau in an average that ends at `time`; its integral is 1."""
    inside = np.minimum(tau / time, 1.0) ** gamma
    return np.where(tau <= time, (gamma + 1) / time * inside, 0.0)


def inner_product(time: Array, gamma: Array, other_time: Array, other_gamma: Array) -> Array:
    """The integral of the product of two profiles: up to the earlier end it is a power of tau, and 0 after that."""
    first, last = np.minimum(time, other_time), np.maximum(time, other_time)
    later_gamma = np.where(time < other_time, other_gamma, gamma)
    scale = (gamma + 1) * (other_gamma + 1) / (gamma + other_gamma + 1)
    return scale * (first / last) ** later_gamma / last


@dataclass(frozen=True)
class StoredProfiles:
    """The profiles of the averages that a run keeps: where each ends, in (0, 1], and its gamma, both [n]."""

    times: Array
    gammas: Array

    @classmethod
    def of(cls, nimgs: list[int], stds: tuple[float, ...]) -> StoredProfiles:
        """Of checkpoints at `nimgs`, each with averages of all `stds`, seen from the last: [checkpoint, std], flat."""
        times = np.repeat(np.array(nimgs, np.float64) / max(nimgs), len(stds))
        return cls(times, np.tile([gamma_of_std(std) for std in stds], len(nimgs)))

    def coefficients(self, gamma: float) -> Array:
        """[n], adding up to 1: the sum that is nearest, in least squares, to the profile of `gamma` that ends at 1."""
        moves, start, inverse = self._normal_equations
        wanted = inner_product(self.times, self.gammas, np.ones(1), np.array([gamma]))
        return start + moves @ (inverse @ (moves.T @ (wanted - self._products @ start)))

    def error(self, gamma: float, coefficients: Array) -> float:
        """How far that sum is from the wanted profile, as a share of it: the root of the integrals of both squares.

        Integrated numerically, not by the products that the coefficients came from, whose rounding would cancel.
        Weights move at updates alone: a training averages both profiles between them, which brings the two no further
        apart.
        """
        nodes, lengths, stored = self._quadrature
        wanted = profile(nodes, 1.0, gamma)
        apart = stored @ coefficients - wanted
        return float(np.sqrt((lengths @ apart**2) / (lengths @ wanted**2)))

    def error_of(self, std: float) -> float:
        gamma = gamma_of_std(std)
        return self.error(gamma, self.coefficients(gamma))

    def legal_ranges(self) -> list[tuple[float, float]]:
        """The stds, by STEP, whose error is at most LARGEST_ERROR, as (first, last) of each that follow each other."""
        first, last = (round(bound / STEP) for bound in EMA_STDS)
        legal = [n for n in range(first, last + 1) if self.error_of(n * STEP) <= LARGEST_ERROR]
        begins = [n for n in legal if n - 1 not in legal]
        ends = [n for n in legal if n + 1 not in legal]
        return [(round(begin * STEP, 3), round(end * STEP, 3)) for begin, end in zip(begins, ends, strict=True)]

    @cached_property
    def _products(self) -> Array:
        """[n, n]"""
        return inner_product(self.times[:, None], self.gammas[:, None], self.times, self.gammas)

    @cached_property
    def _normal_equations(self) -> tuple[Array, Array, Array]:
        """Coefficients `start + moves @ y` add up to 1 for any y [n - 1]; the inverse that finds the best y."""
        count = len(self.times)
        start = np.zeros(count)
        start[-1] = 1.0
        moves = np.vstack([np.eye(count - 1), -np.ones((1, count - 1))])
        reduced = moves.T @ self._products @ moves
        size = np.sqrt(np.maximum(np.diag(reduced), _NEGLIGIBLE * self._products.max()))
        scaled = np.linalg.pinv(reduced / np.outer(size, size), rcond=_NEGLIGIBLE, hermitian=True)
        return moves, start, scaled / np.outer(size, size)

    @cached_property
    def _quadrature(self) -> tuple[Array, Array, Array]:
        """Nodes [k] in (0, 1), the length that each stands for, and the stored profiles at them [k, n]."""
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        ends = np.unique(np.concatenate([[0.0], self.times, [1.0]]))
        edges = np.concatenate([np.linspace(a, b, _PANELS + 1)[:-1] for a, b in pairwise(ends)])
        edges = np.append(edges, 1.0)
        half = np.diff(edges)[:, None] / 2
        nodes = (edges[:-1, None] + half * (points + 1)).ravel()
        columns = [profile(nodes, time, gamma) for time, gamma in zip(self.times, self.gammas, strict=True)]
        return nodes, (half * weights).ravel(), np.stack(columns, 1)
