"""StarGAN's networks for several domains: Choi et al. 2018 (arXiv:1711.09020, appendix, tables 4 and 5).

The generator sees the class that it is to make as planes beside the picture, one a class. The critic has no norm, so
that a gradient penalty can stand on it, and tells classes besides; with six levels it is the published one for 128 px.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.errors import nearest_number
from ganstudio.units import both_texts

SMALLEST, LARGEST = 16, 512  # pixels along the short side
LEAKY = 0.01


class StarganOptions(Options):
    channels: PositiveInt = Field(default=64, description="channels of the generator's first level, doubled twice")
    blocks: PositiveInt = Field(default=6, description="residual blocks between the generator's two halves")
    critic_channels: PositiveInt = Field(
        default=64, description="channels of the critic's first level, doubled each level down"
    )
    critic_levels: PositiveInt = Field(default=6, description="of stride 2: 6 for pictures of 128 px, 4 of 32 px")


def _normed(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels, affine=True)]


class ResidualBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *_normed(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), channels),
            nn.ReLU(),
            *_normed(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


class Generator(nn.Module):
    any_size = True

    def __init__(self, options: StarganOptions, shape: DataShape) -> None:
        super().__init__()
        self.classes, width = shape.classes, options.channels
        first = nn.Conv2d(shape.channels + shape.classes, width, 7, 1, 3, bias=False)
        layers = [*_normed(first, width), nn.ReLU()]
        for _ in range(2):
            layers += [*_normed(nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), 2 * width), nn.ReLU()]
            width *= 2
        layers += [ResidualBlock(width) for _ in range(options.blocks)]
        for _ in range(2):
            layers += [*_normed(nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False), width // 2), nn.ReLU()]
            width //= 2
        self.net = nn.Sequential(*layers, nn.Conv2d(width, shape.channels, 7, 1, 3, bias=False), nn.Tanh())

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] of the classes `labels` [N], H and W being multiples of 4."""
        planes = F.one_hot(labels, self.classes).to(images.dtype)[:, :, None, None]
        return self.net(torch.cat([images, planes.expand(-1, -1, images.shape[2], images.shape[3])], 1))


class Critic(nn.Module):
    """Logits [N, 1, h, w] of patches, and a head `classes` [N, K] of the whole picture."""

    def __init__(self, options: StarganOptions, shape: DataShape) -> None:
        super().__init__()
        before, width = shape.channels, options.critic_channels
        layers: list[nn.Module] = []
        for _ in range(options.critic_levels):
            layers += [nn.Conv2d(before, width, 4, 2, 1), nn.LeakyReLU(LEAKY)]
            before, width = width, 2 * width
        self.net = nn.Sequential(*layers)
        height, width = (side >> options.critic_levels for side in shape.size)
        self.patches = nn.Conv2d(before, 1, 3, 1, 1, bias=False)
        self.classes = nn.Conv2d(before, shape.classes, (height, width), bias=False)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        features = self.net(images)
        return CriticOutput(self.patches(features), heads={"classes": self.classes(features).flatten(1)})


def check(options: StarganOptions, shape: DataShape) -> Iterator[str]:
    short = shape.resolution
    if any(side % 4 for side in shape.size) or not SMALLEST <= short <= LARGEST:
        nearest = nearest_number(short, range(SMALLEST, LARGEST + 1, 4))
        yield (
            f"data.resolution: stargan takes multiples of 4, the short side {SMALLEST} to {LARGEST} px; "
            f"got {both_texts(shape.size)}. Nearest: {nearest}."
        )
    if not short >> options.critic_levels:
        yield (
            f"architecture.critic_levels: {options.critic_levels} levels leave nothing of {short} px. "
            f"Nearest: {short.bit_length() - 1}."
        )


ARCHITECTURE = Architecture(
    summary="StarGAN: one generator for all classes, told which by planes beside the picture. Grey, RGB or RGBA.",
    recipe={
        "task": {"kind": "multidomain"},
        "architecture": {"channels": 16, "blocks": 2, "critic_channels": 16, "critic_levels": 4},
        "data": {"resolution": 32},
        "objective": {"kind": "wasserstein"},
        "regularizers": [{"kind": "gradient_penalty"}],
    },
    options=StarganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
