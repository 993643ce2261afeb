"""ESRGAN's networks, Wang et al. 2018 (arXiv:1809.00219, section 3.1): dense blocks within residual ones, no norm.

As published (`channels=64 growth=32 blocks=23 skip=none`) the generator has 16.7 million parameters at four times the
size. The critic is SRGAN's; that it compares real and fake pictures is the objective's. Here a small generator adds to
the picture enlarged, and begins near it.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.engine.layers.super_resolution import (
    Norm,
    Picture,
    PictureCritic,
    Skip,
    last_convolution,
    scale_of,
    scale_problems,
)

SHARE = 0.2  # of what a block makes, that is added to what it was given: eq. 1's beta
FIRST = 0.1  # of He et al.'s first weights, that dense blocks begin with (supplement, section 1)
SLOPE = 0.2


class ESRGANOptions(Options):
    channels: PositiveInt = Field(default=32, description="channels of the generator; 64 as published")
    growth: PositiveInt = Field(default=16, description="channels that each layer of a dense block adds; 32 published")
    blocks: PositiveInt = Field(default=4, description="of three dense blocks each, in the generator; 23 as published")
    skip: Skip = Field(
        default="bilinear", description="what the generator adds to: the enlarged source; none as published"
    )
    critic_channels: PositiveInt = Field(default=32, description="channels of the critic's first level, of 4 levels")
    critic_norm: Norm = Field(default="none", description="of the critic; batch as published")


class Dense(nn.Module):
    """Five convolutions, each of which sees what all before it made."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        widths = [channels + k * growth for k in range(5)]
        outputs = [growth] * 4 + [channels]
        self.convs = nn.ModuleList(_convolution(n, out) for n, out in zip(widths, outputs, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.convs
        seen = x
        for conv in hidden:
            seen = torch.cat([seen, F.leaky_relu(conv(seen), SLOPE)], 1)
        return x + SHARE * last(seen)


def _convolution(before: int, after: int) -> nn.Conv2d:
    made = nn.Conv2d(before, after, 3, 1, 1)
    nn.init.kaiming_normal_(made.weight)
    made.weight.data.mul_(FIRST)
    if made.bias is not None:
        nn.init.zeros_(made.bias)
    return made


class ResidualDense(nn.Module):
    """RRDB: three dense blocks, and around them the same share."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.net = nn.Sequential(*(Dense(channels, growth) for _ in range(3)))

    def forward(self, x: Tensor) -> Tensor:
        return x + SHARE * self.net(x)


class RRDBNet(nn.Module):
    any_size = True

    def __init__(self, options: ESRGANOptions, shape: DataShape) -> None:
        super().__init__()
        width = options.channels
        self.first = nn.Conv2d(shape.source[0] if shape.source else shape.channels, width, 3, 1, 1)
        self.blocks = nn.Sequential(
            *(ResidualDense(width, options.growth) for _ in range(options.blocks)), nn.Conv2d(width, width, 3, 1, 1)
        )
        doublings = scale_of(shape).bit_length() - 1
        self.up = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1) for _ in range(doublings))
        self.last = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1), nn.LeakyReLU(SLOPE), last_convolution(width, 3, options.skip, shape)
        )
        self.picture = Picture(options.skip, shape)

    def forward(self, source: Tensor) -> Tensor:
        """Images [N, C, scale H, scale W] in [-1, 1] from sources [N, C', H, W] of any size."""
        x = self.first(source)
        x = x + self.blocks(x)
        for up in self.up:
            x = F.leaky_relu(up(F.interpolate(x, scale_factor=2, mode="nearest")), SLOPE)
        return self.picture(self.last(x), source)


def critic(options: ESRGANOptions, shape: DataShape) -> nn.Module:
    return PictureCritic(options.critic_channels, options.critic_norm, shape)


def check(options: ESRGANOptions, shape: DataShape) -> Iterator[str]:  # noqa: ARG001
    yield from scale_problems(shape)


ARCHITECTURE = Architecture(
    summary="ESRGAN: dense blocks within residual ones, to 2, 4 or 8 times the size, and a critic of pictures.",
    recipe={"task": {"kind": "superres"}},
    options=ESRGANOptions,
    generator=RRDBNet,
    critic=critic,
    check=check,
    rectangles=True,
)
