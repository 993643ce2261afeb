"""DCGAN, Radford et al. 2016 (arXiv:1511.06434, section 3), for powers of two from 8 to 256 px, grey or RGB.

With `label_dim` the class is told to both sides (Mirza & Osindero 2014, arXiv:1411.1784, section 3.2): embedded and
concatenated to z in the generator, embedded as one more image plane in the critic. `stem = "dense"` is how many
tutorials begin the generator: a dense layer onto 8x8, a step that keeps the size, then the paper's.
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


class DcganOptions(Options):
    z_dim: PositiveInt = Field(default=100, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(default=64, description="channels at half the image's side; doubled each level down")
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


def widths(options: DcganOptions, shape: DataShape) -> list[int]:
    """Channels from half the image's side down to 4x4."""
    levels = int(math.log2(shape.resolution)) - 2
    return [min(options.channels * 2**level, options.max_channels) for level in range(levels)]


class Generator(nn.Module):
    def __init__(self, options: DcganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.conditional = options.z_dim, options.label_dim > 0
        self.embedding = nn.Embedding(shape.classes, options.label_dim) if self.conditional else None
        activation = nn.ReLU if options.generator_activation == "relu" else partial(nn.LeakyReLU, 0.2)
        *rest, top = widths(options, shape)
        layers = _stem(options, top)
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


def _stem(options: DcganOptions, width: int) -> list[nn.Module]:
    """From [N, z, 1, 1] to a first map of `width` channels."""
    told = options.z_dim + options.label_dim
    if options.stem == "convolution":
        return [nn.ConvTranspose2d(told, width, 4, 1, 0, bias=False)]
    return [nn.Flatten(), nn.Linear(told, width * 8 * 8, bias=False), nn.Unflatten(1, (width, 8, 8))]


class Critic(nn.Module):
    def __init__(self, options: DcganOptions, shape: DataShape) -> None:
        super().__init__()
        self.side = shape.resolution
        self.embedding = nn.Embedding(shape.classes, self.side**2) if options.label_dim else None
        width = shape.channels + bool(options.label_dim)
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options, shape)):
            layers += _level(options, width, wider, first=level == 0)
            width = wider
        layers += [_convolution(options, width, 1, 4, 1, 0), nn.Flatten()]
        self.net = nn.Sequential(*layers)
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        if self.embedding is not None:
            plane = self.embedding(condition.labels).view(-1, 1, self.side, self.side)
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
    options: DcganOptions, width: int, wider: int, kernel: int, stride: int, padding: int, bias: bool = True
) -> nn.Module:
    layer = nn.Conv2d(width, wider, kernel, stride, padding, bias=bias)
    return spectral_norm(layer) if options.critic_norm == "spectral" else layer


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), as the paper says; batch-norm scales from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and not hasattr(module, "parametrizations"):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def check(options: DcganOptions, shape: DataShape) -> Iterator[str]:
    side = shape.resolution
    if side & (side - 1) or not 8 <= side <= 256:
        nearest = nearest_number(side, (2**n for n in range(3, 9)))
        yield f"data.resolution: dcgan needs a power of two from 8 to 256; got {side}. Nearest: {nearest}."
    if options.stem == "dense" and side < 16:
        yield f"architecture.stem: a dense stem is 8x8 and needs 16 px or more; got {side}. Nearest: convolution."
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="DCGAN: strided convolutions and batch norm. Powers of two from 8 to 256 px, grey or RGB.",
    recipe={"objective": {"kind": "non_saturating"}},
    options=DcganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
)
