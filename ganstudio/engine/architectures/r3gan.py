"""R3GAN, Huang et al. 2024 (arXiv:2501.05441, section 4): a residual pair without normalization or styles.

A stage is two blocks `x + conv1x1(act(grouped conv3x3(act(conv1x1(x)))))` at one size, twice as wide inside, with 16
channels a group; act is LeakyReLU 0.2 after a bias. The last convolution of a block begins at 0, the others are scaled
by L^(-1/4), L being all blocks of the network, so that depth does not change the scale of an update (Fixup, Zhang et
al. 2019, arXiv:1901.09321). Between stages a [1, 2, 1] filter resamples, and a 1x1 convolution changes the width where
that changes: pixels are doubled and then blurred by it, or blurred and then averaged by twos, which in one step is
(1, 3, 3, 1), as in the authors' R3GAN/Resamplers.py. The generator begins with a learned basis of 4x4 maps, each times
a number that z gives; the critic ends with one. `channels` is the width at full size, doubled each halving up to
`max_channels`.

With `label_dim` the class is embedded beside z, and the critic's answer is a product with the class's embedding, as in
the authors' code. As there, a generator in training may leave [-1, 1]; what is shown and exported is cut off there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.class_product import ClassProduct
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems
from ganstudio.engine.layers.resample import SMOOTH, Downsample, Upsample
from ganstudio.errors import nearest_number

LARGEST = 512
EXPANSION = 2
SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))  # keeps the variance through LeakyReLU (He et al. 2015, arXiv:1502.01852)


class R3ganOptions(Options):
    z_dim: PositiveInt = Field(default=64, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(default=16, description="channels at full size; doubled each level down")
    max_channels: PositiveInt = Field(default=128, description="channels never exceed this")
    blocks: PositiveInt = Field(default=2, description="residual blocks at each size")
    group_width: PositiveInt = Field(default=16, description="channels a group of the 3x3 convolutions")
    label_dim: NonNegativeInt = Field(
        default=0, examples=[64], description="length of a class embedding beside z; 0 ignores labels"
    )


def widths(options: R3ganOptions, shape: DataShape) -> list[int]:
    """Channels from full size down to the smallest map."""
    return [min(options.channels * 2**level, options.max_channels) for level in range(halvings(shape.resolution) + 1)]


def scaled_normal(weight: Tensor, gain: float = 1.0) -> None:
    """Fills with N(0, gain^2 / fan-in), fan-in being the numbers that make one of the output."""
    fan_in = weight[0].numel()
    nn.init.normal_(weight, 0.0, gain / math.sqrt(fan_in))


class Block(nn.Module):
    """A residual block of `width` channels, one of `depth` in its network."""

    def __init__(self, width: int, group_width: int, depth: int) -> None:
        super().__init__()
        inner = width * EXPANSION
        self.expand = nn.Conv2d(width, inner, 1)
        self.mix = nn.Conv2d(inner, inner, 3, padding=1, groups=inner // group_width)
        self.project = nn.Conv2d(inner, width, 1, bias=False)
        for layer in (self.expand, self.mix):
            scaled_normal(layer.weight, GAIN * depth**-0.25)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.project.weight)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.leaky_relu(self.expand(x), SLOPE)
        return x + self.project(F.leaky_relu(self.mix(inner), SLOPE))


def pointwise(width: int, other: int) -> nn.Module:
    """A 1x1 convolution without bias; nothing where the width stays."""
    if width == other:
        return nn.Identity()
    layer = nn.Conv2d(width, other, 1, bias=False)
    scaled_normal(layer.weight)
    return layer


class Generator(nn.Module):
    def __init__(self, options: R3ganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.conditional = options.z_dim, options.label_dim > 0
        self.embedding = _embedding(shape, options.label_dim) if self.conditional else None
        *wider, top = widths(options, shape)
        depth = options.blocks * (len(wider) + 1)
        self.basis = nn.Parameter(torch.randn(top, *first_map(shape)))
        self.amounts = nn.Linear(options.z_dim + options.label_dim, top, bias=False)
        scaled_normal(self.amounts.weight)
        self.upsample, self.transitions = Upsample(SMOOTH), nn.ModuleList()
        self.stages = nn.ModuleList([_stage(options, top, depth)])
        for width in reversed(wider):
            self.transitions.append(pointwise(top, width))
            self.stages.append(_stage(options, width, depth))
            top = width
        self.to_image = nn.Conv2d(top, shape.channels, 1, bias=False)
        scaled_normal(self.to_image.weight)

    def forward(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Images [N, C, H, W] from z [N, z_dim] and, where conditional, labels [N]; in [-1, 1] in eval mode."""
        if self.embedding is not None:
            z = torch.cat([z, self.embedding(labels).to(z.dtype)], 1)
        x = self.stages[0](self.basis * self.amounts(z)[:, :, None, None])
        for transition, stage in zip(self.transitions, self.stages[1:], strict=True):
            x = stage(self.upsample(transition(x)))
        images = self.to_image(x)
        return images if self.training else images.clamp(-1, 1)


class Critic(nn.Module):
    def __init__(self, options: R3ganOptions, shape: DataShape) -> None:
        super().__init__()
        width, *wider = widths(options, shape)
        depth = options.blocks * (len(wider) + 1)
        self.from_image = nn.Conv2d(shape.channels, width, 1, bias=False)
        scaled_normal(self.from_image.weight)
        self.downsample, self.transitions = Downsample(SMOOTH), nn.ModuleList()
        self.stages = nn.ModuleList([_stage(options, width, depth)])
        for top in wider:
            self.transitions.append(pointwise(width, top))
            self.stages.append(_stage(options, top, depth))
            width = top
        self.basis = nn.Conv2d(width, width, first_map(shape), groups=width, bias=False)
        self.answer = nn.Linear(width, width if options.label_dim else 1, bias=False)
        for layer in (self.basis, self.answer):
            scaled_normal(layer.weight)
        self.embedding = _embedding(shape, width, 1 / math.sqrt(width)) if options.label_dim else None
        self.product = ClassProduct()

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        x = self.stages[0](self.from_image(images))
        features = [x]
        for transition, stage in zip(self.transitions, self.stages[1:], strict=True):
            x = stage(transition(self.downsample(x)))
            features.append(x)
        answer = self.answer(self.basis(x).flatten(1))
        if self.embedding is not None:
            answer = self.product(answer, self.embedding(condition.labels))
        return CriticOutput(answer, tuple(features))


def _stage(options: R3ganOptions, width: int, depth: int) -> nn.Module:
    return nn.Sequential(*(Block(width, options.group_width, depth) for _ in range(options.blocks)))


def _embedding(shape: DataShape, length: int, gain: float = 1.0) -> nn.Embedding:
    """As a linear layer over one-hot classes begins: fan-in is their number."""
    embedding = nn.Embedding(shape.classes, length)
    nn.init.normal_(embedding.weight, 0.0, gain / math.sqrt(shape.classes))
    return embedding


def check(options: R3ganOptions, shape: DataShape) -> Iterator[str]:
    yield from size_problems("r3gan", shape, LARGEST)
    for key in ("channels", "max_channels"):
        width, group = getattr(options, key), options.group_width
        if EXPANSION * width % group:
            legal = [EXPANSION * n for n in range(1, EXPANSION * width + 1) if EXPANSION**2 * n % group == 0]
            yield (
                f"architecture.{key}: twice the width must divide into groups of {group} channels; got {width}. "
                f"Nearest: {nearest_number(width, legal or [group])}."
            )
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="R3GAN: residual blocks with grouped convolutions, no norm. Squares and rectangles of 8 to 512 px.",
    recipe={
        "objective": {"kind": "relativistic"},
        "regularizers": [{"kind": "r1", "gamma": 1.0}, {"kind": "r2", "gamma": 1.0}],
    },
    options=R3ganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
