"""Pictures into pictures: U-Net and PatchGAN of Isola et al. 2017 (arXiv:1611.07004, section 6.1), or residual blocks.

The residual generator is that of CycleGAN (Zhu et al. 2017, arXiv:1703.10593, section 7.2, after Johnson et al. 2016).
The critic judges patches of 70 px; where pictures come in pairs it sees the source beside each. Instance norm stands
where pix2pix has batch norm of a single picture, and what is exported then does what was trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.engine.layers.patch_critic import Norm, PatchCritic, initialize, level_problems, normed_convolution
from ganstudio.errors import nearest_number
from ganstudio.units import both_texts

SMALLEST, LARGEST = 16, 1024  # pixels along the short side
UNET_LEVELS = 8  # 256 px become 1


class Pix2pixOptions(Options):
    generator: Literal["unet", "resnet"] = Field(
        default="unet", description="unet passes what it sees across; resnet takes pictures of any size once exported"
    )
    channels: PositiveInt = Field(default=64, description="channels of the first level, doubled each level down")
    blocks: PositiveInt = Field(default=9, description="residual blocks of the resnet; 6 for pictures of 128 px")
    norm: Norm = Field(
        default="instance", description="of both sides; batch norm's pictures depend on those beside them in training"
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.5, description="in the unet's three innermost steps up, while it trains"
    )
    critic_channels: PositiveInt = Field(default=64, description="channels of the critic's first level")
    critic_levels: PositiveInt = Field(default=3, description="of stride 2: 3 judge patches of 70 px, 1 of 16 px")


def levels(shape: DataShape) -> int:
    """How often a U-Net halves its picture: down to 1 px along the short side, 8 times at most, as both sides allow."""
    height, width = shape.size[-2:]
    level = 0
    while level < UNET_LEVELS and height % 2 == 0 and width % 2 == 0 and min(height, width) > 1:
        height, width, level = height // 2, width // 2, level + 1
    return level


class UNet(nn.Module):
    """Levels down to the smallest map and up again, each level up fed with the one down of its size."""

    def __init__(self, options: Pix2pixOptions, shape: DataShape) -> None:
        super().__init__()
        source = shape.source[0] if shape.source else shape.channels
        depth = levels(shape)
        widths = [options.channels * min(2**level, 8) for level in range(depth)]
        smallest = min(shape.size[-2:]) >> depth
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = source
        for level, width in enumerate(widths):
            innermost = level == depth - 1
            # a map of one pixel has no spread to be normalized by
            normed = level > 0 and not (innermost and smallest == 1)
            self.down.append(
                nn.Sequential(
                    *([nn.LeakyReLU(0.2)] if level else []),
                    *normed_convolution(options.norm, nn.Conv2d, (before, width, 4, 2, 1), normed),
                )
            )
            before = width
        for level in range(depth - 1, 0, -1):
            inner = widths[level] * (1 if level == depth - 1 else 2)
            dropout = options.dropout and depth - 5 <= level < depth - 1 and widths[level - 1] == widths[-1]
            self.up.append(
                nn.Sequential(
                    nn.ReLU(),
                    *normed_convolution(options.norm, nn.ConvTranspose2d, (inner, widths[level - 1], 4, 2, 1)),
                    *([nn.Dropout(options.dropout)] if dropout else []),
                )
            )
        self.last = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * widths[0], shape.channels, 4, 2, 1), nn.Tanh())
        self.apply(initialize)

    def forward(self, source: Tensor) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from sources [N, C', H, W]."""
        return self.decode(self.encode(source))

    def decode(self, maps: tuple[Tensor, ...]) -> Tensor:
        *passed, x = maps[1:]
        for up, beside in zip(self.up, reversed(passed), strict=True):
            x = torch.cat([up(x), beside], 1)
        return self.last(x)

    def encode(self, source: Tensor) -> tuple[Tensor, ...]:
        """The source and the map of every level, from the largest to the smallest."""
        maps = [source]
        for down in self.down:
            maps.append(down(maps[-1]))
        return tuple(maps)


class ResidualBlock(nn.Module):
    def __init__(self, options: Pix2pixOptions, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *_convolution(options, channels, channels, 3), nn.ReLU(), *_convolution(options, channels, channels, 3)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


def _convolution(options: Pix2pixOptions, before: int, after: int, kernel: int) -> list[nn.Module]:
    """With reflections beyond the edge, and a norm."""
    return [nn.ReflectionPad2d(kernel // 2), *normed_convolution(options.norm, nn.Conv2d, (before, after, kernel))]


class ResidualTranslator(nn.Module):
    any_size = True

    def __init__(self, options: Pix2pixOptions, shape: DataShape) -> None:
        super().__init__()
        source, width = shape.source[0] if shape.source else shape.channels, options.channels
        layers = [*_convolution(options, source, width, 7), nn.ReLU()]
        halving = []
        for _ in range(2):
            halving.append(len(layers))
            layers += [*normed_convolution(options.norm, nn.Conv2d, (width, 2 * width, 3, 2, 1)), nn.ReLU()]
            width *= 2
        first = len(layers)
        self.handed_out = (*halving, *dict.fromkeys((first, first + (options.blocks - 1) // 2)))
        layers += [ResidualBlock(options, width) for _ in range(options.blocks)]
        for _ in range(2):
            layers += [
                *normed_convolution(options.norm, nn.ConvTranspose2d, (width, width // 2, 3, 2, 1, 1)),
                nn.ReLU(),
            ]
            width //= 2
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, shape.channels, 7), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.apply(initialize)

    def forward(self, source: Tensor) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from sources [N, C', H, W], H and W being multiples of 4."""
        return self.net(source)

    def decode(self, maps: tuple[Tensor, ...]) -> Tensor:
        return self.net[self.handed_out[-1] + 1 :](maps[-1])

    def encode(self, source: Tensor) -> tuple[Tensor, ...]:
        """The source, both halvings' convolutions, the first block and the middle one, the fifth of nine.

        Park et al. 2020 (arXiv:2007.15651), section 4.
        """
        maps, x = [source], source
        for place in range(self.handed_out[-1] + 1):
            x = self.net[place](x)
            if place in self.handed_out:
                maps.append(x)
        return tuple(maps)


def generator(options: Pix2pixOptions, shape: DataShape) -> nn.Module:
    match options.generator:
        case "unet":
            return UNet(options, shape)
        case "resnet":
            return ResidualTranslator(options, shape)


def critic(options: Pix2pixOptions, shape: DataShape) -> nn.Module:
    return PatchCritic(options.critic_channels, options.critic_levels, options.norm, shape)


def check(options: Pix2pixOptions, shape: DataShape) -> Iterator[str]:
    short = shape.resolution
    if any(side % 4 for side in shape.size) or not SMALLEST <= short <= LARGEST:
        legal = range(SMALLEST, LARGEST + 1, 4)
        nearest = nearest_number(short, legal)
        yield (
            f"data.resolution: pix2pix takes multiples of 4, the short side {SMALLEST} to {LARGEST} px; "
            f"got {both_texts(shape.size)}. Nearest: {nearest}."
        )
    if shape.source and shape.source[1:] != shape.size:
        sizes = f"{both_texts(shape.source[1:])} and {both_texts(shape.size)}"
        yield f"data: pix2pix takes sources of its pictures' size; these are {sizes}. Nearest: pairs of one size."
    yield from level_problems(options.critic_levels, short)


ARCHITECTURE = Architecture(
    summary="pix2pix: a U-Net or residual blocks from picture to picture, and a critic of patches. Grey, RGB or RGBA.",
    recipe={
        "task": {"kind": "paired"},
        "objective": {"kind": "non_saturating"},
    },
    options=Pix2pixOptions,
    generator=generator,
    critic=critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
