"""Means and deviations of feature maps, and features given those of others: AdaIN, Huang & Belongie 2017.

arXiv:1703.06868, equations 5 and 6, and 8. Deviations are of the population, sqrt(variance + 1e-5), in training, in
exports and in whatever takes them of an export's features.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

EPSILON = 1e-5


class Moments(NamedTuple):
    """Of each channel over its places, both [N, C] in fp32."""

    mean: Tensor
    deviation: Tensor


def moments(features: Tensor) -> Moments:
    """Those of features [N, C, h, w]."""
    places = features.float().flatten(2)
    mean = places.mean(2)
    variance = (places - mean[:, :, None]).square().mean(2)
    return Moments(mean, (variance + EPSILON).sqrt())


def with_moments(features: Tensor, own: Moments, wanted: Moments) -> Tensor:
    """Features [N, C, h, w] whose moments are `own`, moved and scaled so that they are `wanted` (equation 8)."""
    mean, deviation, wanted_mean, wanted_deviation = (one[:, :, None, None] for one in (*own, *wanted))
    return wanted_deviation * (features - mean) / deviation + wanted_mean
