"""What is read off pictures while latents are moved: measures of pixels, and a classifier's answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.classifier import Classifier
from ganstudio.inference.latent.measures import measured

SURE = 0.9  # the probability from which on a classifier's answer counts as sure


@dataclass(frozen=True)
class Gauges:
    """Measures by name, then the answers of a classifier as log-odds, each called `class NAME` or `attribute NAME`."""

    measures: tuple[str, ...]
    classifier: Classifier | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        answers = () if self.classifier is None else tuple(map(self.classifier.thing, self.classifier.names))
        return (*self.measures, *answers)

    @property
    def classes(self) -> list[int]:
        """The columns of a classifier's classes, of which each picture has one; [] where there are none."""
        exclusive = self.classifier is not None and self.classifier.exclusive
        return list(range(len(self.measures), len(self.names))) if exclusive else []

    def values(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """[N, len(names)] of pixels [N, H, W, C]."""
        found = measured(pixels, self.measures)
        return found if self.classifier is None else np.concatenate([found, self.classifier.log_odds(pixels)], axis=1)


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What log-odds are the logarithm of: p of p / (1 - p)."""
    from scipy.special import expit

    found: NDArray[np.float64] = expit(log_odds)
    return found
