"""DCGAN, Radford et al. 2016 (arXiv:1511.06434, section 3), for squares and other rectangles, grey, RGB or RGBA.

The paper's 64 px begin as a map of 4x4 that is doubled. Here the map has 4 to 7 pixels along the short side, and along
the long one as many as halving leaves: 24x40 begins as 6x10 and is doubled twice.

With `label_dim` the class is told to both sides (Mirza & Osindero 2014, arXiv:1411.1784, section 3.2): embedded and
concatenated to z in the generator, embedded as one more image plane in the critic. `stem = "dense"` is how many
tutorials begin the generator: a dense layer onto the second map, 8x8, a step that keeps the size, then the paper's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.errors import nearest_number
from ganstudio.units import both_texts, recipe_text


class DcganOptions(Options):
    z_dim: PositiveInt = Field(default=100, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(default=64, description="channels at half the image's sides; doubled each level down")
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")
    label_dim: NonNegativeInt = Field(
        default=0, examples=[50], description="length of a class embedding; 0 ignores labels"
    )
    stem: Literal["convolution", "dense"] = Field(
        default="convolution", description="how z becomes a first map: a 4x4 convolution, or a dense layer onto 8x8"
    )
    generator_activation: Literal["relu", "leaky_relu"] = Field(
        default="relu", description="leaky_relu lets a fifth of what is negative through"
    )
    critic_norm: Literal["batch", "spectral", "none"] = Field(
        default="batch", description="spectral bounds each layer's slope; a gradient penalty needs spectral or none"
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.0, description="in the critic, after each level")


SMALLEST, LARGEST = 8, 256  # pixels along the short side


def levels(side: int) -> int:
    """How often the short side is halved: until 4 to 7 pixels are left."""
    return max(side.bit_length() - 3, 0)


def first_map(shape: DataShape) -> tuple[int, int]:
    """(H, W) of the smallest map."""
    height, width = (side >> levels(shape.resolution) for side in shape.size)
    return height, width


def widths(options: DcganOptions, shape: DataShape) -> list[int]:
    """Channels from half the image's sides down to the smallest map."""
    return [min(options.channels * 2**level, options.max_channels) for level in range(levels(shape.resolution))]


class Generator(nn.Module):
    def __init__(self, options: DcganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.conditional = options.z_dim, options.label_dim > 0
        self.embedding = nn.Embedding(shape.classes, options.label_dim) if self.conditional else None
        activation = nn.ReLU if options.generator_activation == "relu" else partial(nn.LeakyReLU, 0.2)
        *rest, top = widths(options, shape)
        layers = _stem(options, top, first_map(shape))
        # from a dense stem the first step doubles no side
        kernels = [(3, 1, 1) if options.stem == "dense" and n == 0 else (4, 2, 1) for n in range(len(rest))]
        for width, kernel in zip(reversed(rest), kernels, strict=True):
            layers += [nn.BatchNorm2d(top), activation(), nn.ConvTranspose2d(top, width, *kernel, bias=False)]
            top = width
        layers += [nn.BatchNorm2d(top), activation(), nn.ConvTranspose2d(top, shape.channels, 4, 2, 1), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.apply(initialize)

    def forward(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from z [N, z_dim] and, where conditional, labels [N]."""
        if self.embedding is not None:
            z = torch.cat([z, self.embedding(labels).to(z.dtype)], 1)
        return self.net(z[:, :, None, None])


def _stem(options: DcganOptions, width: int, first: tuple[int, int]) -> list[nn.Module]:
    """From [N, z, 1, 1] to a first map of `width` channels."""
    told = options.z_dim + options.label_dim
    if options.stem == "convolution":
        return [nn.ConvTranspose2d(told, width, first, 1, 0, bias=False)]
    second = (width, 2 * first[0], 2 * first[1])
    return [nn.Flatten(), nn.Linear(told, math.prod(second), bias=False), nn.Unflatten(1, second)]


class Critic(nn.Module):
    def __init__(self, options: DcganOptions, shape: DataShape) -> None:
        super().__init__()
        self.size = shape.size
        self.embedding = nn.Embedding(shape.classes, math.prod(self.size)) if options.label_dim else None
        width = shape.channels + bool(options.label_dim)
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options, shape)):
            layers += _level(options, width, wider, first=level == 0)
            width = wider
        layers += [_convolution(options, width, 1, first_map(shape), 1, 0), nn.Flatten()]
        self.net = nn.Sequential(*layers)
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        if self.embedding is not None:
            plane = self.embedding(condition.labels).view(-1, 1, *self.size)
            images = torch.cat([images, plane.to(images.dtype)], 1)
        return CriticOutput(self.net(images))


def _level(options: DcganOptions, width: int, wider: int, first: bool) -> Iterator[nn.Module]:
    """Half the side, `wider` channels; the first level has no batch norm (section 3 of the paper)."""
    normalized = options.critic_norm == "batch" and not first
    yield _convolution(options, width, wider, 4, 2, 1, bias=not normalized)
    if normalized:
        yield nn.BatchNorm2d(wider)
    yield nn.LeakyReLU(0.2)
    if options.dropout:
        yield nn.Dropout(options.dropout)


def _convolution(
    options: DcganOptions,
    width: int,
    wider: int,
    kernel: int | tuple[int, int],
    stride: int,
    padding: int,
    bias: bool = True,
) -> nn.Module:
    layer = nn.Conv2d(width, wider, kernel, stride, padding, bias=bias)
    return spectral_norm(layer) if options.critic_norm == "spectral" else layer


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), as the paper says; batch-norm scales from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and not hasattr(module, "parametrizations"):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def _nearest_size(size: tuple[int, ...]) -> tuple[int, ...]:
    """`size` (H, W) where it is legal, else the legal one nearest to it, of nearly its aspect."""
    legal = (times * 2**power for power in range(1, 7) for times in (4, 5, 6, 7) if times * 2**power <= LARGEST)
    short = nearest_number(min(size), sorted(legal))
    step = 2 ** levels(short)
    scale = short / min(size)
    return tuple(short if side == min(size) else max(round(side * scale / step) * step, short) for side in size)


def check(options: DcganOptions, shape: DataShape) -> Iterator[str]:
    side = shape.resolution
    if (nearest := _nearest_size(shape.size)) != shape.size:
        yield (
            "data.resolution: dcgan halves both sides until the short one, 8 to 256 px, is 4 to 7; "
            f"got {both_texts(shape.size)}. Nearest: {recipe_text(nearest)}."
        )
    if options.stem == "dense" and side < 16:
        yield f"architecture.stem: a dense stem is 8x8 and needs 16 px or more; got {side}. Nearest: convolution."
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="DCGAN: strided convolutions and batch norm. Squares and rectangles of 8 to 256 px, grey, RGB or RGBA.",
    recipe={"objective": {"kind": "non_saturating"}},
    options=DcganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
