"""DCGAN, Radford et al. 2016 (arXiv:1511.06434, section 3), for squares and other rectangles, grey, RGB or RGBA.

The paper's 64 px begin as a map of 4x4 that is doubled. Here the map has 4 to 7 pixels along the short side, and along
the long one as many as halving leaves: 24x40 begins as 6x10 and is doubled twice.

With `label_dim` the class is told to both sides (Mirza & Osindero 2014, arXiv:1411.1784, section 3.2): embedded and
concatenated to z in the generator, embedded as one more image plane in the critic. `head` has other ways for the
critic (layers/class_head.py), whose features are the last map's, summed over its places. `stem = "dense"` is how many
tutorials begin the generator: a dense layer onto the second map, 8x8, a step that keeps the size, then the paper's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal, assert_never

import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.attention import SelfAttention, attention_problems
from ganstudio.engine.layers.class_head import ClassHead
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems
from ganstudio.engine.layers.minibatch_discrimination import MinibatchDiscrimination
from ganstudio.engine.layers.minibatch_stddev import MinibatchStddev
from ganstudio.engine.layers.residual import Layer, unchanged


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
    head: Literal["plane", "projection", "classes", "proxies"] = Field(
        default="plane", description="how the critic learns of classes: as a plane of its input, or at its end"
    )
    attention: tuple[PositiveInt, ...] = Field(
        default=(), examples=[[16]], description="short sides of the maps that have self-attention, on both sides"
    )
    minibatch: Literal["none", "stddev", "discrimination"] = Field(
        default="none", description="how the critic compares the samples of a batch, against collapse"
    )


LARGEST = 256  # pixels along the short side
KERNELS = 50  # of minibatch discrimination


def widths(options: DcganOptions, shape: DataShape) -> list[int]:
    """Channels from half the image's sides down to the smallest map."""
    return [min(options.channels * 2**level, options.max_channels) for level in range(halvings(shape.resolution))]


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
        side = min(first_map(shape)) * (2 if options.stem == "dense" else 1)
        for width, kernel in zip(reversed(rest), kernels, strict=True):
            layers += [nn.BatchNorm2d(top), activation(), *_attention(options, top, side)]
            layers += [nn.ConvTranspose2d(top, width, *kernel, bias=False)]
            top, side = width, side * kernel[1]
        layers += [nn.BatchNorm2d(top), activation(), *_attention(options, top, side)]
        layers += [nn.ConvTranspose2d(top, shape.channels, 4, 2, 1), nn.Tanh()]
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


def _attention(options: DcganOptions, width: int, side: int, layer: Layer = unchanged) -> list[nn.Module]:
    """Self-attention where the recipe wants it over maps of this short side."""
    return [SelfAttention(width, layer)] if side in options.attention else []


class Critic(nn.Module):
    def __init__(self, options: DcganOptions, shape: DataShape) -> None:
        super().__init__()
        self.size = shape.size
        told = options.label_dim > 0
        plane = told and options.head == "plane"
        layer = spectral_norm if options.critic_norm == "spectral" else unchanged
        self.embedding = nn.Embedding(shape.classes, math.prod(self.size)) if plane else None
        width, side = shape.channels + plane, shape.resolution
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options, shape)):
            layers += _level(options, width, wider, first=level == 0)
            width, side = wider, side // 2
            layers += _attention(options, width, side, layer)
        self.levels = len(layers)  # those that end in the features
        compared, more = _comparison(options, width, first_map(shape))
        layers += [*compared, _convolution(options, width + more, 1, first_map(shape), 1, 0), nn.Flatten()]
        self.net = nn.Sequential(*layers)
        self.head = ClassHead(options.head, width, shape.classes, layer) if told and options.head != "plane" else None
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        if self.embedding is not None:
            plane = self.embedding(condition.labels).view(-1, 1, *self.size)
            images = torch.cat([images, plane.to(images.dtype)], 1)
        layers = list(self.net)
        features = _through(layers[: self.levels], images)
        logits = _through(layers[self.levels :], features)
        if self.head is None:
            return CriticOutput(logits, (features,))
        logits, heads = self.head(logits, features.sum((2, 3)), condition.labels)
        return CriticOutput(logits, (features,), heads)


def _through(layers: list[nn.Module], x: Tensor) -> Tensor:
    for layer in layers:
        x = layer(x)
    return x


def _comparison(options: DcganOptions, width: int, size: tuple[int, int]) -> tuple[list[nn.Module], int]:
    """What compares the samples of a batch on the last map, and how many channels it adds."""
    match options.minibatch:
        case "none":
            return [], 0
        case "stddev":
            return [MinibatchStddev()], 1
        case "discrimination":
            return [MinibatchDiscrimination(width, size, KERNELS)], KERNELS
        case unreachable:
            assert_never(unreachable)


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


def check(options: DcganOptions, shape: DataShape) -> Iterator[str]:
    side = shape.resolution
    if wrong := list(size_problems("dcgan", shape, LARGEST)):
        yield from wrong
    else:
        yield from attention_problems(options.attention, shape.resolution)
    if options.stem == "dense" and side < 16:
        yield f"architecture.stem: a dense stem is 8x8 and needs 16 px or more; got {side}. Nearest: convolution."
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."
    if options.head != "plane" and not options.label_dim:
        yield (
            f"architecture.head: {options.head} reads classes, and architecture.label_dim=0 ignores them. "
            "Nearest: plane, or a label_dim of 10."
        )


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
