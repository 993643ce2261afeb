"""The Fréchet distance between two sets of features, each taken as one Gaussian.

Heusel et al. 2017, arXiv:1706.08500:

    d^2 = |mu_a - mu_b|^2 + Tr(S_a + S_b - 2 (S_a S_b)^(1/2))

The trace of that root is the sum of the singular values of F_a^T F_b, where S = F F^T for either side.
The common way, a root of the product itself, is of a matrix that is not symmetric: it turns complex for singular
covariances (fewer samples than features, features that are always 0) and then drops an imaginary part. Singular
values are real, and exact where a covariance has lost rank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg.lapack import dpstrf

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Count, mean and scatter of a set of features, float64; two sets' moments add up to those of their union.

    `moments = Moments.empty(dim)` and `moments += Moments.of(features)` for each batch never hold more than a batch.
    """

    count: int
    mean: Matrix  # [D]
    scatter: Matrix  # [D, D], the sum of (x - mean)(x - mean)^T

    @classmethod
    def empty(cls, dim: int) -> Moments:
        return cls(0, np.zeros(dim), np.zeros((dim, dim)))

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> Moments:
        """The moments of one batch [N, D]. Raises ValueError where a feature is NaN or infinite."""
        x = np.asarray(features, np.float64)
        if x.ndim != 2:
            raise ValueError(f"features: [N, D] is needed; got {list(x.shape)}.")
        if bad := int((~np.isfinite(x)).any(axis=1).sum()):
            raise ValueError(f"features: {bad} of {len(x)} samples are NaN or infinite.")
        if not len(x):
            return cls.empty(x.shape[1])
        mean = x.mean(axis=0)
        centred = x - mean
        return cls(len(x), mean, centred.T @ centred)

    @classmethod
    def streamed(cls, batches: Iterable[NDArray[np.floating]], dim: int) -> Moments:
        """The moments of all batches together."""
        return sum((cls.of(batch) for batch in batches), cls.empty(dim))

    def __add__(self, other: Moments) -> Moments:
        """Chan, Golub & LeVeque 1979: no sum of squares, so no cancellation far from zero."""
        count = self.count + other.count
        if not count:
            return self
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        scatter = self.scatter + other.scatter + np.outer(apart, apart) * (self.count * other.count / count)
        return Moments(count, mean, scatter)

    @property
    def covariance(self) -> Matrix:
        """[D, D], divided by N - 1 as numpy.cov and the published FID code do. Raises ValueError below two samples."""
        if self.count < 2:
            raise ValueError(f"a covariance needs two samples at least; got {self.count}.")
        return self.scatter / (self.count - 1)

    @property
    def spread(self) -> float:
        """The sum of the variances of all features. Raises ValueError below two samples."""
        return float(np.trace(self.covariance))


def frechet_distance(a: Moments, b: Moments) -> float:
    """The squared distance of the formula above, 0 for equal sets and never below.

    It is biased upwards for few samples, so only figures of the same two counts compare. Raises ValueError where a
    side has fewer than two samples or the features differ in number.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"features: {len(a.mean)} on one side, {len(b.mean)} on the other.")
    apart = a.mean - b.mean
    shared = _singular_values(_factor(a.covariance).T @ _factor(b.covariance)).sum()
    distance = apart @ apart + np.trace(a.covariance) + np.trace(b.covariance) - 2 * shared
    return max(float(distance), 0.0)


def _factor(covariance: Matrix) -> Matrix:
    """F [D, R] with F F^T the covariance, R its rank: Cholesky's with pivots, which rounding cannot break."""
    lower, order, rank, _ = dpstrf(covariance, lower=1)
    factor = np.empty((len(covariance), rank))
    factor[order - 1] = np.tril(lower)[:, :rank]
    return factor


def _singular_values(matrix: Matrix) -> Matrix:
    """By one thread: several wait for each other at every column, and where others work too that takes ten times as
    long (10 to 40 s for 2,048 features beside a training on two cores, by one thread 3.3 s).
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        values: Matrix = torch.linalg.svdvals(torch.from_numpy(matrix)).numpy()
    finally:
        torch.set_num_threads(threads)
    return values
