"""Relativistic average loss (RaSGAN), Jolicoeur-Martineau 2018 (arXiv:1807.00734, its RaGAN of the standard GAN).

Each logit is compared with the mean of the other side's, E[D(G(z))] or E[D(x)], and gradients pass through both. The
mean is over the images of one micro-batch in one process, and over the patches of one scale: the critic's answers to
the others are not there while a part of the batch is differentiated. ESRGAN (arXiv:1809.00219, eq. 1 and 2) has half of
this sum; `objective.weight` scales the generator's and the critic's alike.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(-(D(x) - E[D(G(z))])) + softplus(D(G(z)) - E[D(x)]), [N, ...]."""
    return F.softplus(fake.mean() - real) + F.softplus(fake - real.mean())


def generator(fake: Tensor, real: Tensor) -> Tensor:
    """softplus(-(D(G(z)) - E[D(x)])) + softplus(D(x) - E[D(G(z))]), [N, ...]."""
    return F.softplus(real.mean() - fake) + F.softplus(real - fake.mean())
