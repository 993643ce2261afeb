"""Wasserstein loss, Arjovsky et al. 2017 (arXiv:1701.07875, eq. 2): the critic needs a clip or a penalty beside it."""

from __future__ import annotations

from torch import Tensor


def discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """D(G(z)) - D(x), [N, ...]."""
    return fake - real


def generator(fake: Tensor, _real: Tensor | None) -> Tensor:
    """-D(G(z)), [N, ...]."""
    return -fake
