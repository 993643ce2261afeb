"""Which pictures are like the data, and which are beyond it.

A picture, averaged down to about a thousand numbers, is described by its measures (brightness, size, slant, ...), by
its place along the first principal components of known pictures, and by how much these leave out of it, as a
logarithm. Its distance is Mahalanobis's in that description: every number counts in the deviations of known pictures.
Half of these make the description, the other half the limit: 99 of 100 are within it. Distances of pixels alone see no
stroke that is too thick: real pictures are far apart in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.measures import measured, measures_of

Rows = NDArray[np.float64]
Pixels = NDArray[np.uint8]

WITHIN = 99.0  # percent of the known pictures
_COMPONENTS = 16
_MOST = 5000  # known pictures that are looked at
_NOTHING = 1e-6  # left out of a picture


@dataclass(frozen=True)
class Known:
    """A description of known pictures, uint8 [N, h, w, C] of one size: their mean [d], components and what is usual."""

    mean: Rows
    axes: Rows
    centre: Rows
    precision: Rows
    limit: float

    @classmethod
    def of(cls, small: Pixels) -> Known:
        some = small[:: -(-len(small) // _MOST)]
        half, other = some[::2], some[1::2]
        rows = _rows(half)
        mean = rows.mean(0)
        _, axes = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
        found = cls(mean, axes[:, ::-1][:, :_COMPONENTS], np.zeros(0), np.zeros((0, 0)), 0.0)
        described = found.description(half)
        centre, away = described.mean(0), described - described.mean(0)
        precision = np.linalg.pinv(away.T @ away / len(away), hermitian=True).astype(np.float64)
        found = cls(mean, found.axes, centre, precision, 0.0)
        return cls(mean, found.axes, centre, precision, float(np.percentile(found.distance(other), WITHIN)))

    def description(self, small: Pixels) -> Rows:
        """[N, measures + components + 1] of pictures."""
        away = _rows(small) - self.mean
        along = away @ self.axes
        left = np.maximum((away**2).sum(1) - (along**2).sum(1), _NOTHING)
        return np.column_stack([measured(small, measures_of(small.shape[3])), along, np.log(left)])

    def distance(self, small: Pixels) -> Rows:
        """The squared distance [N] of pictures from what is usual."""
        away = self.description(small) - self.centre
        found: Rows = ((away @ self.precision) * away).sum(1)
        return found

    def beyond(self, small: Pixels) -> NDArray[np.bool_]:
        """Whether each picture [N, h, w, C] is further than nearly all known ones."""
        found: NDArray[np.bool_] = self.distance(small) > self.limit
        return found


def median_reach(strengths: Rows, beyond: NDArray[np.bool_]) -> float:
    """The largest strength up to which half of the pictures, or more, have stayed within at every strength so far.

    `strengths` [S] go away from 0 and `beyond` is [S, N]; 0 where at the first one half have left.
    """
    stayed = ~np.maximum.accumulate(beyond, axis=0)
    inside = stayed.mean(1) >= 0.5
    return float(strengths[np.flatnonzero(inside)[-1]]) if inside[0] else 0.0


def _rows(small: Pixels) -> Rows:
    return small.reshape(len(small), -1) / 255.0
