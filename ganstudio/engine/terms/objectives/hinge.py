"""Hinge loss, Lim & Ye 2017 (arXiv:1705.02894) as used by SNGAN (arXiv:1802.05957, eq. 16 and 17)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), [N, ...]."""
    return F.relu(1 - real) + F.relu(1 + fake)


def generator(fake: Tensor, _real: Tensor | None) -> Tensor:
    """-D(G(z)), [N, ...]."""
    return -fake
