"""What networks that grow share (Karras et al. 2018, arXiv:1710.10196, section 2): levels, fades and the critic.

Level 0 is the smallest map, 4 to 7 pixels along its short side; each next one has twice the sides. A stage of growth
ends at one level, whose layers fade in over the one before.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, DataShape, Stage
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.first_map import first_map, halvings
from ganstudio.engine.layers.minibatch_stddev import MinibatchStddev
from ganstudio.engine.layers.resample import Filter
from ganstudio.errors import UsageError

SLOPE = 0.2  # of every leaky ReLU, for what is negative
GAIN = math.sqrt(2)  # He's, which the paper takes for the leaky ones as well
BLUR = (1.0, 2.0, 1.0)


def widths(channel_base: int, max_channels: int, shape: DataShape) -> list[int]:
    """Channels from level 0 up to the image's own size: `channel_base` over the short side, in bounds."""
    levels = range(halvings(shape.resolution), -1, -1)
    return [max(min(channel_base // (shape.resolution >> level), max_channels), 1) for level in levels]


def level_of(stage: Stage, top: int, first: tuple[int, int]) -> int:
    """The level at which a stage ends, `top` being the image's own size and `first` the map (H, W) of level 0.

    Raises UsageError where the stage is below level 0.
    """
    if stage.halvings > top:
        legal = min(first)
        got = f"{legal / 2 ** (stage.halvings - top):g}"
        raise UsageError(f"growth.start: these networks begin at {legal} px; got {got}. Nearest: {legal}.")
    return top - stage.halvings


def doubled(images: Tensor) -> Tensor:
    """Twice the sides, each pixel repeated."""
    return F.interpolate(images, scale_factor=2, mode="nearest")


def faded_in(to_image: nn.ModuleList, newest: int, x: Tensor, before: Tensor, stage: Stage) -> Tensor:
    """Images of level `newest`, whose map is `x`, blended with those of the map `before`, of the level below."""
    images: Tensor = to_image[newest](x)
    if stage.alpha < 1:
        images = doubled(to_image[newest - 1](before)).lerp(images, stage.alpha)
    return images


class GrowingCritic(nn.Module):
    """A critic whose layers grow from level 0, on data of the stage's size. `smooth`: StyleGAN's, which blurs first.

    Each level reads images by a 1x1 convolution of its own. Attributes are in the order of the forward pass: the
    image's own size stands first.
    """

    def __init__(self, shape: DataShape, channels: list[int], stddev_group: int, smooth: bool) -> None:
        super().__init__()
        downwards = list(reversed(channels))
        self.from_image = nn.ModuleList([EqualizedConv2d(shape.channels, c, 1, gain=GAIN) for c in downwards])
        self.blocks = nn.ModuleList([_Halving(width, wider, smooth) for width, wider in pairwise(downwards)])
        width, self.first = channels[0], first_map(shape)
        self.stddev = MinibatchStddev(stddev_group) if stddev_group else None
        self.last = EqualizedConv2d(width + bool(stddev_group), width, 3, gain=GAIN)
        self.dense = EqualizedLinear(width * math.prod(self.first), width, gain=GAIN)
        self.head = EqualizedLinear(width, 1)

    def forward(self, images: Tensor, _condition: Condition, stage: Stage) -> CriticOutput:
        level_of(stage, len(self.blocks), self.first)
        newest = stage.halvings
        x = F.leaky_relu(self.from_image[newest](images), SLOPE)
        features = []
        for place in range(newest, len(self.blocks)):
            x = self.blocks[place](x)
            if place == newest and stage.alpha < 1:
                before = F.leaky_relu(self.from_image[newest + 1](F.avg_pool2d(images, 2)), SLOPE)
                x = before.lerp(x, stage.alpha)
            features.append(x)
        if self.stddev is not None:
            x = self.stddev(x)
        x = F.leaky_relu(self.last(x), SLOPE)
        return CriticOutput(self.head(F.leaky_relu(self.dense(x.flatten(1)), SLOPE)), tuple(features))


class _Halving(nn.Module):
    """[N, width, H, W] -> [N, wider, H/2, W/2]. With `smooth` it filters before, and halves before the rectifier."""

    def __init__(self, width: int, wider: int, smooth: bool) -> None:
        super().__init__()
        self.before = EqualizedConv2d(width, width, 3, gain=GAIN)
        self.after = EqualizedConv2d(width, wider, 3, gain=GAIN)
        self.blur = Filter(BLUR) if smooth else None

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.before(x), SLOPE)
        if self.blur is not None:
            return F.leaky_relu(F.avg_pool2d(self.after(self.blur(x)), 2), SLOPE)
        return F.avg_pool2d(F.leaky_relu(self.after(x), SLOPE), 2)
