"""Progressive growing, Karras et al. 2018 (arXiv:1710.10196, section 2, 4 and table 2).

Both networks begin at 4x4 and get two convolutions for each doubling; new layers fade in. Weights have an equalized
learning rate, the generator normalizes the features of each pixel, the critic is told how much its batch varies.

The generator's last layer is linear, as in the paper: in training it may leave [-1, 1]; what is shown and exported is
cut off there. Where the paper starts Adam anew at each stage, here its state is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Options, Stage
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.first_map import first_map, size_problems
from ganstudio.engine.layers.growing import GAIN, SLOPE, GrowingCritic, doubled, faded_in, level_of, widths
from ganstudio.engine.layers.pixel_norm import PixelNorm

LARGEST = 1024


class ProganOptions(Options):
    z_dim: PositiveInt = Field(default=512, description="length of the noise that an image is made from")
    channel_base: PositiveInt = Field(
        default=16384, description="channels at a level are this over its short side; 16 at 1024 px"
    )
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")
    stddev_group: NonNegativeInt = Field(
        default=4, description="samples that the critic compares with one another; 0 is off"
    )


class Layer(nn.Module):
    """A 3x3 convolution, a leaky ReLU and pixel norm."""

    def __init__(self, width: int, wider: int) -> None:
        super().__init__()
        self.convolution, self.norm = EqualizedConv2d(width, wider, 3, gain=GAIN), PixelNorm()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.leaky_relu(self.convolution(x), SLOPE))


class Generator(nn.Module):
    conditional = False

    def __init__(self, options: ProganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim = options.z_dim
        channels = widths(options.channel_base, options.max_channels, shape)
        self.first = (channels[0], *first_map(shape))
        self.norm = PixelNorm()
        # a quarter of He's gain, as in the authors' code: pixel norm hides it, but a step of Adam is four times smaller
        self.dense = EqualizedLinear(options.z_dim, channels[0] * self.first[1] * self.first[2], gain=GAIN / 4)
        self.blocks = nn.ModuleList([Layer(channels[0], channels[0])])
        for width, narrower in pairwise(channels):
            self.blocks.append(nn.Sequential(Layer(width, narrower), Layer(narrower, narrower)))
        self.to_image = nn.ModuleList([EqualizedConv2d(width, shape.channels, 1) for width in channels])

    def forward(self, z: Tensor, labels: Tensor | None, stage: Stage) -> Tensor:
        """Images [N, C, H, W] of the stage's size from z [N, z_dim]; in [-1, 1] in eval mode."""
        newest = level_of(stage, len(self.blocks) - 1, self.first[1:])
        x = self.norm(F.leaky_relu(self.dense(self.norm(z)).view(-1, *self.first), SLOPE))
        x = before = self.blocks[0](x)
        for block in self.blocks[1 : newest + 1]:
            before, x = x, block(doubled(x))
        images = faded_in(self.to_image, newest, x, before, stage)
        return images if self.training else images.clamp(-1, 1)


class Critic(GrowingCritic):
    def __init__(self, options: ProganOptions, shape: DataShape) -> None:
        channels = widths(options.channel_base, options.max_channels, shape)
        super().__init__(shape, channels, options.stddev_group, smooth=False)


def check(_options: ProganOptions, shape: DataShape) -> Iterator[str]:
    yield from size_problems("progan", shape, LARGEST)


ARCHITECTURE = Architecture(
    summary="ProGAN: grows from 4 px, new layers fade in. Squares and rectangles of 8 to 1024 px, grey, RGB or RGBA.",
    recipe={
        "architecture": {"z_dim": 32, "channel_base": 512, "max_channels": 32},
        "objective": {"kind": "non_saturating"},
        "regularizers": [{"kind": "r1", "gamma": 1.0}],
        "generator_optimizer": {"lr": 1e-3, "betas": [0.0, 0.99]},
        "discriminator_optimizer": {"lr": 1e-3, "betas": [0.0, 0.99]},
        "growth": {"start": 4, "until": 0.5},
    },
    options=ProganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    staged=True,
    channels=(1, 3, 4),
    rectangles=True,
)
