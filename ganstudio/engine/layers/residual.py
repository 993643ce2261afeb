"""Residual blocks that double or halve a map, as in WGAN-GP, SNGAN and BigGAN.

Gulrajani et al. 2017 (arXiv:1704.00028, appendix F), Miyato et al. 2018 (arXiv:1802.05957, figure 8), Brock et al. 2019
(arXiv:1809.11096, figure 15). Norms and activations stand before the convolutions (pre-activation). 1x1 convolutions
stand on the smaller map, where the papers' figures have them on either: they commute with doubling and with means.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

Layer = Callable[[nn.Module], nn.Module]  # what is made of each convolution: itself, or one under spectral norm
Norm = Callable[[int], nn.Module]  # from a count of channels


def unchanged(layer: nn.Module) -> nn.Module:
    return layer


def no_norm(_channels: int) -> nn.Module:
    return nn.Identity()


class UpBlock(nn.Module):
    """[N, inputs, H, W] -> [N, outputs, 2H, 2W]; norms are handed what is told, where anything is."""

    def __init__(self, inputs: int, outputs: int, norm: Norm = nn.BatchNorm2d, layer: Layer = unchanged) -> None:
        super().__init__()
        self.norm1, self.norm2 = norm(inputs), norm(outputs)
        self.conv1 = layer(nn.Conv2d(inputs, outputs, 3, padding=1))
        self.conv2 = layer(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip = layer(nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        y = doubled(F.relu(_normalized(self.norm1, x, told)))
        y = F.relu(_normalized(self.norm2, self.conv1(y), told))
        return self.conv2(y) + doubled(self.skip(x))


class DownBlock(nn.Module):
    """[N, inputs, H, W] -> [N, outputs, H/2, W/2], or H, W where it is not `down`.

    The `first` block of a critic sees an image: it has no norm and no activation before its first convolution.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        norm: Norm = no_norm,
        layer: Layer = unchanged,
        down: bool = True,
        first: bool = False,
    ) -> None:
        super().__init__()
        self.down, self.first = down, first
        self.norm1, self.norm2 = (no_norm(0), no_norm(0)) if first else (norm(inputs), norm(outputs))
        self.conv1 = layer(nn.Conv2d(inputs, outputs, 3, padding=1))
        self.conv2 = layer(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip = layer(nn.Conv2d(inputs, outputs, 1)) if down or inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(x if self.first else F.relu(self.norm1(x)))
        y = self.conv2(F.relu(self.norm2(y)))
        if self.down:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        return y + self.skip(x)


def doubled(x: Tensor) -> Tensor:
    """Each pixel four times: [N, C, H, W] -> [N, C, 2H, 2W]."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _normalized(norm: nn.Module, x: Tensor, told: Tensor | None) -> Tensor:
    normalized: Tensor = norm(x) if told is None else norm(x, told)
    return normalized
