"""Batch norm whose scale and shift are told, Dumoulin et al. 2017 (arXiv:1610.07629, eq. 5).

In Miyato & Koyama 2018 (arXiv:1802.05637) each class has a scale and a shift of its own; in BigGAN (Brock et al. 2019,
arXiv:1809.11096, appendix B) both are linear in a shared class embedding and a part of z.
"""

from __future__ import annotations

from torch import Tensor, nn


class ConditionalBatchNorm2d(nn.Module):
    """[N, C, H, W] and what is told, [N, ...] -> the same map, normalized, times 1 + gain(told), plus bias(told).

    `gain` and `bias` are modules from what is told to [N, C]: embeddings of classes, or linear layers.
    """

    def __init__(self, channels: int, gain: nn.Module, bias: nn.Module) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain, self.bias = gain, bias

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        gain, bias = (numbers[:, :, None, None] for numbers in (self.gain(told), self.bias(told)))
        return self.norm(x) * (1 + gain) + bias

    @classmethod
    def by_class(cls, channels: int, classes: int) -> ConditionalBatchNorm2d:
        """With a scale, at first 1, and a shift, at first 0, for each class [N]."""
        gain, bias = nn.Embedding(classes, channels), nn.Embedding(classes, channels)
        nn.init.zeros_(gain.weight), nn.init.zeros_(bias.weight)
        return cls(channels, gain, bias)
