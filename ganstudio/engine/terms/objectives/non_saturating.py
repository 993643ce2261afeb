"""The non-saturating GAN loss, Goodfellow et al. 2014 (arXiv:1406.2661, section 3), on raw logits.

Targets other than 1 and 0 are label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def discriminator(real: Tensor, fake: Tensor, real_target: Tensor, fake_target: Tensor) -> Tensor:
    """Binary cross-entropy of both sides, [N, ...]: -t log D - (1-t) log(1-D), with D the sigmoid of the logits."""
    return _cross_entropy(real, real_target) + _cross_entropy(fake, fake_target)


def generator(fake: Tensor, _real: Tensor | None) -> Tensor:
    """-log D(G(z)), [N, ...]."""
    return F.softplus(-fake)


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    return target * F.softplus(-logits) + (1 - target) * F.softplus(logits)
