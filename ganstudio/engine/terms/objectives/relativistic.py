"""Relativistic pairing loss, Jolicoeur-Martineau 2018 (arXiv:1807.00734, section 4); R3GAN's (arXiv:2501.05441)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(-(D(x) - D(G(z)))), each real image against one fake, [N, ...]."""
    return F.softplus(fake - real)


def generator(fake: Tensor, real: Tensor) -> Tensor:
    """softplus(-(D(G(z)) - D(x))), [N, ...]."""
    return F.softplus(real - fake)
