"""3D-GAN, Wu et al. 2016 (arXiv:1610.07584, section 3.1): transposed and strided convolutions along three axes.

The paper's 64 voxels a side begin as a map of 4x4x4 that is doubled four times, from 512 channels to 64. Here the map
has 4 to 7 voxels along the shortest side, and `channels` is the width at half the grid's sides. z is standard normal
where the paper's is uniform, and occupancy is in [-1, 1], so that the generator ends in tanh.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.first_map import SMALLEST, halvings
from ganstudio.errors import nearest_number

LARGEST = 128  # voxels along the shortest side


class Gan3dOptions(Options):
    z_dim: PositiveInt = Field(default=200, description="length of the noise that a grid is made from")
    channels: PositiveInt = Field(default=64, description="channels at half the grid's sides; doubled each level down")
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")


def widths(options: Gan3dOptions, shape: DataShape) -> list[int]:
    """Channels from half the grid's sides down to the smallest map."""
    return [min(options.channels * 2**level, options.max_channels) for level in range(halvings(min(shape.size)))]


def first_map(shape: DataShape) -> tuple[int, ...]:
    """(D, H, W) of the smallest map."""
    return tuple(side >> halvings(min(shape.size)) for side in shape.size)


class Generator(nn.Module):
    conditional = False

    def __init__(self, options: Gan3dOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim = options.z_dim
        *rest, top = widths(options, shape)
        first = (top, *first_map(shape))
        layers: list[nn.Module] = [nn.Linear(options.z_dim, math.prod(first), bias=False), nn.Unflatten(1, first)]
        for width in reversed(rest):
            layers += [nn.BatchNorm3d(top), nn.ReLU(), nn.ConvTranspose3d(top, width, 4, 2, 1, bias=False)]
            top = width
        layers += [nn.BatchNorm3d(top), nn.ReLU(), nn.ConvTranspose3d(top, shape.channels, 4, 2, 1), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.apply(initialize)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Grids [N, C, D, H, W] in [-1, 1] from z [N, z_dim]."""
        return self.net(z)


class Critic(nn.Module):
    def __init__(self, options: Gan3dOptions, shape: DataShape) -> None:
        super().__init__()
        width = shape.channels
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options, shape)):
            layers.append(nn.Conv3d(width, wider, 4, 2, 1, bias=level == 0))
            layers += [nn.BatchNorm3d(wider)] if level else []
            layers.append(nn.LeakyReLU(0.2))
            width = wider
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * math.prod(first_map(shape)), 1))
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.net(images))


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch-norm scales from N(1, 0.02), as in DCGAN; the paper does not say."""
    if isinstance(module, nn.Conv3d | nn.ConvTranspose3d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm3d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def check(_options: Gan3dOptions, shape: DataShape) -> Iterator[str]:
    if shape.size[0] < SMALLEST:
        few = f"{SMALLEST} frames or slices; the data has {shape.size[0]}"
        yield f"architecture.id: gan3d needs {few}. Nearest: videogan."
        return
    shortest = min(shape.size)
    step = 2 ** halvings(shortest)
    if not SMALLEST <= shortest <= LARGEST or any(side % step for side in shape.size):
        legal = (times * 2**power for power in range(1, 6) for times in (4, 5, 6, 7) if times * 2**power <= LARGEST)
        yield (
            "data.resolution: gan3d halves all three sides until the shortest, 8 to 128, is 4 to 7; "
            f"got {' x '.join(map(str, shape.size))}. Nearest: {nearest_number(shortest, sorted(legal))}."
        )


ARCHITECTURE = Architecture(
    summary="3D-GAN: convolutions along three axes, for voxel grids and clips of 8 to 128 a side.",
    recipe={"objective": {"kind": "non_saturating"}, "architecture": {"channels": 16}, "training": {"batch": 32}},
    options=Gan3dOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    flat=False,
    volumes=True,
    channels=(1, 3, 4),
    rectangles=True,
)
