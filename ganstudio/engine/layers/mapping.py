"""The mapping network of StyleGAN and its successors: z, and a class where there is one, to w.

Karras et al. 2019 (arXiv:1812.04948, section 2 and appendix C); told a class as in StyleGAN2-ADA (Karras et al. 2020,
arXiv:2006.06676, appendix D.1): an embedding, normalized and concatenated to the normalized z.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.layers.equalized import EqualizedLinear
from ganstudio.engine.layers.pixel_norm import PixelNorm

SLOPE = 0.2


class MappingNetwork(nn.Module):
    """w [N, w_dim] from z [N, z_dim] and labels [N].

    `z_dim` 0 reads the class alone, as a critic does; `classes` 0 reads z alone. The layers, each followed by a leaky
    ReLU and sqrt(2), learn `lr_multiplier` times as fast as the rest.
    """

    def __init__(
        self, z_dim: int, w_dim: int, layers: int, lr_multiplier: float, classes: int = 0, label_dim: int = 0
    ) -> None:
        super().__init__()
        told = label_dim if classes else 0
        self.norm = PixelNorm()
        self.embedding = EqualizedLinear(classes, label_dim) if classes else None
        sizes = [z_dim + told, *[w_dim] * layers]
        self.layers = nn.ModuleList(
            EqualizedLinear(inputs, outputs, output_gain=math.sqrt(2), lr_multiplier=lr_multiplier)
            for inputs, outputs in pairwise(sizes)
        )

    def forward(self, z: Tensor | None, labels: Tensor | None) -> Tensor:
        parts = [] if z is None else [self.norm(z)]
        if self.embedding is not None:
            # a linear layer over one-hot labels is a row of its weights
            rows = F.embedding(labels, self.embedding.scaled_weight().t())
            parts.append(self.norm(rows + self.embedding.scaled_bias()))
        w = torch.cat(parts, 1)
        for layer in self.layers:
            w = F.leaky_relu(layer(w), SLOPE)
        return w
