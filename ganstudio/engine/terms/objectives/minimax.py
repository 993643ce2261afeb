"""The generator's side of the minimax loss, Goodfellow et al. 2014 (arXiv:1406.2661, eq. 1), on raw logits.

The critic's side is that of the non-saturating loss.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def generator(fake: Tensor, _real: Tensor | None) -> Tensor:
    """log(1 - D(G(z))), [N, ...]; it saturates where the critic is sure."""
    return -F.softplus(fake)
