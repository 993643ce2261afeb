"""SRGAN's networks, Ledig et al. 2017 (arXiv:1609.04802, figure 4); with pixels alone the generator is SRResNet.

As published it has 64 channels, 16 blocks, batch norm and nothing beside (`channels=64 blocks=16 norm=batch
skip=none`), and the critic 64 channels and batch norm: 1.55 million parameters at four times the size. Batch norm of a
picture depends in training on those beside it and not once exported; without it, as is usual since (EDSR, Lim et al.
2017, arXiv:1707.02921), both are the same. Here a small generator adds to the picture enlarged, and begins near it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.engine.layers.super_resolution import (
    Norm,
    Picture,
    PictureCritic,
    Skip,
    last_convolution,
    normed,
    scale_of,
    scale_problems,
)


class SRResNetOptions(Options):
    channels: PositiveInt = Field(default=32, description="channels of the generator; 64 as published")
    blocks: PositiveInt = Field(default=8, description="residual blocks of the generator; 16 as published")
    norm: Norm = Field(default="none", description="of the generator; batch as published")
    skip: Skip = Field(
        default="bilinear", description="what the generator adds to: the enlarged source; none as published"
    )
    critic_channels: PositiveInt = Field(default=32, description="channels of the critic's first level, of 4 levels")
    critic_norm: Norm = Field(default="none", description="of the critic; batch as published")


class Residual(nn.Module):
    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *normed(nn.Conv2d(channels, channels, 3, 1, 1), norm),
            nn.PReLU(),
            *normed(nn.Conv2d(channels, channels, 3, 1, 1), norm),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


class SRResNet(nn.Module):
    any_size = True

    def __init__(self, options: SRResNetOptions, shape: DataShape) -> None:
        super().__init__()
        width, norm = options.channels, options.norm
        source = shape.source[0] if shape.source else shape.channels
        self.first = nn.Sequential(nn.Conv2d(source, width, 9, 1, 4), nn.PReLU())
        self.blocks = nn.Sequential(
            *(Residual(width, norm) for _ in range(options.blocks)),
            *normed(nn.Conv2d(width, width, 3, 1, 1), norm),
        )
        doublings = range(scale_of(shape).bit_length() - 1)
        ups = ((nn.Conv2d(width, 4 * width, 3, 1, 1), nn.PixelShuffle(2), nn.PReLU()) for _ in doublings)
        self.up = nn.Sequential(*(layer for up in ups for layer in up))
        self.last = last_convolution(width, 9, options.skip, shape)
        self.picture = Picture(options.skip, shape)

    def forward(self, source: Tensor) -> Tensor:
        """Images [N, C, scale H, scale W] in [-1, 1] from sources [N, C', H, W] of any size."""
        x = self.first(source)
        return self.picture(self.last(self.up(x + self.blocks(x))), source)


def critic(options: SRResNetOptions, shape: DataShape) -> nn.Module:
    return PictureCritic(options.critic_channels, options.critic_norm, shape)


def check(options: SRResNetOptions, shape: DataShape) -> Iterator[str]:  # noqa: ARG001
    yield from scale_problems(shape)


ARCHITECTURE = Architecture(
    summary="SRGAN: residual blocks and sub-pixel upsampling to 2, 4 or 8 times the size, and a critic of pictures.",
    recipe={"task": {"kind": "superres"}},
    options=SRResNetOptions,
    generator=SRResNet,
    critic=critic,
    check=check,
    rectangles=True,
)
