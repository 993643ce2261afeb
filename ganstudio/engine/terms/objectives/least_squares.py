"""Least-squares GAN, Mao et al. 2017 (arXiv:1611.04076, eq. 2 with b = c = 1, a = 0), on the critic's raw output."""

from __future__ import annotations

from torch import Tensor


def discriminator(real: Tensor, fake: Tensor, real_target: Tensor, fake_target: Tensor) -> Tensor:
    """Half the squared distance to the targets, [N, ...]."""
    return 0.5 * (real - real_target).square() + 0.5 * (fake - fake_target).square()


def generator(fake: Tensor, _real: Tensor | None) -> Tensor:
    """Half the squared distance to 1, [N, ...]."""
    return 0.5 * (fake - 1).square()
