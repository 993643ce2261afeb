"""Projected GAN, Sauer et al. 2021 (arXiv:2111.01007): critics that see through a pretrained network.

The images go through a network that was trained before, which nothing moves; its maps of several sizes are mixed by
random convolutions that nothing moves either: 1x1 convolutions mix the channels of each map (section 3.2, cross-channel
mixing), then, from the smallest map up, a 3x3 convolution and bilinear doubling add each map to the next larger
(cross-scale mixing). On each mixed map stands a critic of its own, strided convolutions with spectral norm; all are
trained by the hinge loss (equation 4). The random convolutions are drawn with the networks and stand in checkpoints.

The generator is FastGAN's. The paper feeds images of 224 px or more; here they are brought to `seen_px`, at most 96.
What the critics read never scores the generator: `evaluation.features` is another network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.layers.fastgan_generator import LARGEST, SkipGenerator
from ganstudio.engine.layers.first_map import size_problems
from ganstudio.engine.layers.pretrained_pyramids import Features, Network

SIDE = 8  # pixels, down to which a critic halves its map before it answers for each patch
WIDEST = 512


class ProjectedOptions(Options):
    z_dim: PositiveInt = Field(default=256, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(
        default=8, examples=[64], description="a width that all maps of the generator are multiples of; 64 as published"
    )
    features: Network = Field(
        default="efficientnet-lite0",
        description="the pretrained network that the critics read; lenet knows grey digits and articles up to 32 px",
    )
    seen_px: int = Field(
        default=64, ge=32, le=96, description="long side of what efficientnet-lite0 is shown; 96 costs twice 64"
    )
    mixed: PositiveInt = Field(
        default=32, examples=[64], description="channels of the largest mixed map; each smaller one has twice as many"
    )


class Generator(SkipGenerator):
    def __init__(self, options: ProjectedOptions, shape: DataShape) -> None:
        super().__init__(options.z_dim, options.channels, shape)


class Mixing(nn.Module):
    """Maps of `widths` channels, the largest first, to maps of the same sizes and `mixed`, 2 `mixed`, ... channels."""

    def __init__(self, widths: Sequence[int], mixed: int) -> None:
        super().__init__()
        self.widths = [mixed * 2**level for level in range(len(widths))]
        self.channels = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(widths, self.widths, strict=True))
        self.scales = nn.ModuleList(nn.Conv2d(b, a, 3, padding=1) for a, b in pairwise(self.widths))
        for layer in (*self.channels, *self.scales):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
            nn.init.zeros_(layer.bias)
        self.requires_grad_(False)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        *larger, x = [mix(one) for mix, one in zip(self.channels, maps, strict=True)]
        mixed = [x]
        for other, mix in zip(reversed(larger), reversed(self.scales), strict=True):
            up = F.interpolate(mix(x), other.shape[2:], mode="bilinear", align_corners=False)
            x = other + up.to(other.dtype)
            mixed.append(x)
        return mixed[::-1]


def head(width: int, height: int, across: int) -> nn.Sequential:
    """A critic of one map: halved until a side has SIDE pixels, then logits [N, 1, h, w] for patches of 4x4."""
    layers: list[nn.Module] = []
    while min(height, across) > SIDE:
        wider = min(2 * width, WIDEST)
        layers += [_convolution(width, wider, 4, 2, 1), _norm(wider), nn.LeakyReLU(0.2)]
        width, height, across = wider, height // 2, across // 2
    if not layers:
        layers += [_convolution(width, width, 3, 1, 1), _norm(width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, _convolution(width, 1, min(4, height, across), 1, 0))


def _convolution(before: int, after: int, kernel: int, stride: int, padding: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(before, after, kernel, stride, padding))


def _norm(width: int) -> nn.Module:
    """In groups of 16 channels, or of what is next to that and divides them."""
    return nn.GroupNorm(next(n for n in range(max(width // 16, 1), 0, -1) if width % n == 0), width)


class Critic(nn.Module):
    def __init__(self, options: ProjectedOptions, shape: DataShape) -> None:
        super().__init__()
        self.features = Features(options.features)
        self.seen = seen_size(options, shape)
        self.mixing = Mixing(self.features.widths, options.mixed)
        sizes = [[-(-side // stride) for side in self.seen] for stride in self.features.strides]
        self.heads = nn.ModuleList(head(width, *size) for width, size in zip(self.mixing.widths, sizes, strict=True))

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        if tuple(images.shape[2:]) != self.seen:
            images = F.interpolate(images, self.seen, mode="bilinear", antialias=True, align_corners=False)
        mixed = self.mixing(self.features(images))
        return CriticOutput(tuple(answer(one) for answer, one in zip(self.heads, mixed, strict=True)), tuple(mixed))


def seen_size(options: ProjectedOptions, shape: DataShape) -> tuple[int, int]:
    """(H, W) that the pretrained network is shown: its long side is `seen_px`, or what LeNet was trained on."""
    if options.features == "lenet":
        return lenet.SIDE, lenet.SIDE
    height, width = (max(round(side * options.seen_px / max(shape.size)), 1) for side in shape.size)
    return height, width


def check(options: ProjectedOptions, shape: DataShape) -> Iterator[str]:
    if shape.resolution < 16:
        yield f"data.resolution: projected needs 16 px or more; got {shape.resolution}. Nearest: 16."
        return
    yield from size_problems("projected", shape, LARGEST)
    if options.features == "lenet" and (shape.channels != 1 or shape.size != (lenet.SIDE, lenet.SIDE)):
        yield (
            f"architecture.features: lenet reads grey images of {lenet.SIDE} x {lenet.SIDE} px; these have "
            f"{shape.channels} channels and {shape.size[1]} x {shape.size[0]} px. Nearest: efficientnet-lite0."
        )


ARCHITECTURE = Architecture(
    summary="Projected GAN: critics over the maps of a pretrained network; FastGAN's generator. 16 to 1024 px.",
    recipe={
        "objective": {"kind": "hinge"},
        "augmentation": {"policy": ["color", "translation", "cutout"]},
        "evaluation": {"features": "auto"},
    },
    options=ProjectedOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    reads=lambda options: frozenset({options.features}),
    rectangles=True,
)
