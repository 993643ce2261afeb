"""A critic that judges overlapping patches, and the norms and first weights that it shares with pix2pix's translators.

Isola et al. 2017, arXiv:1611.07004, sections 3.2.2 and 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, DataShape

Norm = Literal["instance", "batch", "none"]


def normed_convolution(
    norm: Norm, convolution: Callable[..., nn.Module], sizes: tuple[int, ...], normed: bool = True
) -> list[nn.Module]:
    """A convolution of these `sizes`, channels first, and its norm, which a bias before it would be lost in."""
    after = _norm(norm, sizes[1]) if normed else []
    return [convolution(*sizes, bias=not after), *after]


def _norm(norm: Norm, channels: int) -> list[nn.Module]:
    match norm:
        case "instance":
            return [nn.InstanceNorm2d(channels)]
        case "batch":
            return [nn.BatchNorm2d(channels)]
        case "none":
            return []


class PatchCritic(nn.Module):
    """Logits [N, 1, h, w], one for each of the overlapping patches.

    Its first level has `channels`, each of the `levels` of stride 2 twice as many, up to eight times. Where pictures
    come in pairs it sees the source beside each.
    """

    def __init__(self, channels: int, levels: int, norm: Norm, shape: DataShape) -> None:
        super().__init__()
        self.paired = shape.source is not None
        before, width = shape.channels + (shape.source[0] if shape.source else 0), channels
        layers: list[nn.Module] = []
        for level in range(levels + 1):
            stride = 2 if level < levels else 1
            layers += [
                *normed_convolution(norm, nn.Conv2d, (before, width, 4, stride, 1), level > 0),
                nn.LeakyReLU(0.2),
            ]
            before, width = width, min(2 * width, 8 * channels)
        self.net = nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 1))
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        if self.paired:
            images = torch.cat([condition.images.to(images.dtype), images], 1)
        return CriticOutput(self.net(images))


def level_problems(levels: int, short: int) -> Iterator[str]:
    """A sentence where so many levels leave no patch of pictures whose short side is `short`."""
    smallest = short >> levels
    if smallest < 3:
        most = max(short.bit_length() - 2, 1)
        yield (
            f"architecture.critic_levels: {levels} levels leave {smallest} px of {short}, too few for a "
            f"patch. Nearest: {min(levels, most - 1) or 1}."
        )


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), as the paper says; batch-norm scales from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
