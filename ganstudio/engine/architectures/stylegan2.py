"""StyleGAN2, Karras et al. 2020 (arXiv:1912.04958), with StyleGAN2-ADA's classes (arXiv:2006.06676, appendix D.1).

w scales the inputs of each convolution, and what comes out is divided by the norm of the weights so scaled (eq. 1 and
3). Where the authors fuse both into one weight a sample and convolve in groups, here the map is scaled before the
convolution and after it: the same numbers, to rounding, in a form that exports. Every level adds to the image (skip);
the critic is residual (figure 7). Images may leave [-1, 1] in training; what is shown and exported is cut off there.

Path length and R1 on every 4th and 16th update are regularizers of the recipe. They share their loss's backward and
step, so the learning rate needs none of the correction that separate steps have in section 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options, StyleGenerator
from ganstudio.engine.layers.class_product import ClassProduct
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.first_map import first_map, size_problems
from ganstudio.engine.layers.growing import widths
from ganstudio.engine.layers.mapping import MappingNetwork
from ganstudio.engine.layers.minibatch_stddev import MinibatchStddev
from ganstudio.engine.layers.precision import without_autocast
from ganstudio.engine.layers.resample import SMOOTH, Downsample, Filter, Upsample

LARGEST = 1024
EPSILON = 1e-8
SLOPE = 0.2
GAIN = math.sqrt(2)  # behind every leaky ReLU, which here stands before it


class Stylegan2Options(Options):
    z_dim: PositiveInt = Field(default=512, description="length of the noise that an image is made from")
    w_dim: PositiveInt = Field(default=512, description="length of w, which z is mapped to")
    mapping_layers: PositiveInt = Field(default=8, description="dense layers from z to w")
    mapping_lr: PositiveFloat = Field(default=0.01, description="learning rate of these layers, of the network's")
    label_dim: NonNegativeInt = Field(
        default=0, examples=[512], description="length of a class embedding beside z; 0 ignores labels"
    )
    channel_base: PositiveInt = Field(
        default=32768, description="channels at a level are this over its short side; 32 at 1024 px"
    )
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")
    stddev_group: NonNegativeInt = Field(
        default=4, description="samples that the critic compares with one another; 0 is off"
    )


class ModulatedConvolution(nn.Module):
    """[N, inputs, H, W] -> [N, outputs, H, W], its weights scaled as w says, times `gain`; `up` doubles the sides."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, w_dim: int, demodulate: bool = True, up: bool = False
    ) -> None:
        super().__init__()
        self.style = EqualizedLinear(w_dim, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.scale, self.padding = 1 / math.sqrt(inputs * kernel**2), kernel // 2
        self.demodulate = demodulate
        self.smooth = Filter(SMOOTH, padding=1, gain=4.0) if up else None

    def forward(self, x: Tensor, w: Tensor, gain: float = 1.0) -> Tensor:
        styles, weight = self.style(w), self.weight * self.scale
        x = x * styles[:, :, None, None]
        if self.smooth is None:
            x = F.conv2d(x, weight, padding=self.padding)
        else:
            x = self.smooth(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2))
        if not self.demodulate:
            return x
        return x * (gain * self.demodulation(styles, weight)).to(x.dtype)[:, :, None, None]

    def demodulation(self, styles: Tensor, weight: Tensor) -> Tensor:
        """One over the norm of each output's scaled weights, [N, outputs] in fp32; eq. 3."""
        with without_autocast(styles):
            squares = weight.float().square().sum((2, 3))
            return (styles.float().square() @ squares.t() + EPSILON).rsqrt()


class Layer(nn.Module):
    """A modulated convolution, noise, bias and leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, up: bool = False) -> None:
        super().__init__()
        self.convolution = ModulatedConvolution(inputs, outputs, 3, w_dim, up=up)
        self.strength, self.bias = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        x = self.convolution(x, w, GAIN)
        added = GAIN * (self.strength * noise + self.bias)
        return F.leaky_relu(x + added.to(x.dtype), SLOPE)


class ToImage(nn.Module):
    """What a level adds to the image, in fp32: a modulated 1x1 convolution that is not demodulated."""

    def __init__(self, inputs: int, channels: int, w_dim: int) -> None:
        super().__init__()
        self.convolution = ModulatedConvolution(inputs, channels, 1, w_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return self.convolution(x, w).float() + self.bias


class Generator(StyleGenerator):
    """The last of a level's styles is that of its image, and of the next level's first layer."""

    def __init__(self, options: Stylegan2Options, shape: DataShape) -> None:
        super().__init__()
        channels = widths(options.channel_base, options.max_channels, shape)
        self.z_dim, self.conditional = options.z_dim, options.label_dim > 0
        self.ws_shape = (2 * len(channels), options.w_dim)
        height, width = first_map(shape)
        self.noise_shapes = tuple((1, height << level, width << level) for level in _levels(len(channels)))
        self.map = MappingNetwork(
            options.z_dim,
            options.w_dim,
            options.mapping_layers,
            options.mapping_lr,
            shape.classes if self.conditional else 0,
            options.label_dim,
        )
        self.start = nn.Parameter(torch.randn(1, channels[0], height, width))
        layers = [Layer(channels[0], channels[0], options.w_dim)]
        for wide, narrow in pairwise(channels):
            layers += [Layer(wide, narrow, options.w_dim, up=True), Layer(narrow, narrow, options.w_dim)]
        self.layers = nn.ModuleList(layers)
        self.to_image = nn.ModuleList([ToImage(width, shape.channels, options.w_dim) for width in channels])
        self.upsample = Upsample(SMOOTH)

    def mapping(self, z: Tensor, labels: Tensor | None) -> Tensor:
        return self.map(z, labels)[:, None].expand(-1, *self.ws_shape)

    def synthesis(self, ws: Tensor, noise: tuple[Tensor, ...], **_stage: Any) -> Tensor:
        """Images [N, C, H, W] from ws [N, L, w_dim]; in [-1, 1] in eval mode."""
        x = self.layers[0](self.start.expand(ws.shape[0], -1, -1, -1), ws[:, 0], noise[0])
        images = self.to_image[0](x, ws[:, 1])
        for level in range(1, len(self.to_image)):
            for n in (2 * level - 1, 2 * level):
                x = self.layers[n](x, ws[:, n], noise[n])
            images = self.upsample(images) + self.to_image[level](x, ws[:, 2 * level + 1])
        return images if self.training else images.clamp(-1, 1)


def _levels(count: int) -> list[int]:
    """The level of each layer: one at the smallest map, two at each other."""
    return [0, *(level for level in range(1, count) for _ in range(2))]


class Block(nn.Module):
    """[N, width, H, W] -> [N, wider, H/2, W/2]: two convolutions beside a shortcut, of half the variance each."""

    def __init__(self, width: int, wider: int) -> None:
        super().__init__()
        self.first = EqualizedConv2d(width, width, 3, output_gain=GAIN)
        self.smooth = Filter(SMOOTH, padding=2)
        self.second = EqualizedConv2d(width, wider, 3, stride=2, padding=0, output_gain=GAIN / math.sqrt(2))
        self.downsample = Downsample(SMOOTH)
        self.shortcut = EqualizedConv2d(width, wider, 1, bias=False, output_gain=1 / math.sqrt(2))

    def forward(self, x: Tensor) -> Tensor:
        inner = F.leaky_relu(self.first(x), SLOPE)
        inner = F.leaky_relu(self.second(self.smooth(inner)), SLOPE)
        return inner + self.shortcut(self.downsample(x))


class Critic(nn.Module):
    """Residual; told a class, its answer is a product with what a mapping network of its own makes of the class."""

    def __init__(self, options: Stylegan2Options, shape: DataShape) -> None:
        super().__init__()
        downwards = list(reversed(widths(options.channel_base, options.max_channels, shape)))
        self.from_image = EqualizedConv2d(shape.channels, downwards[0], 1, output_gain=GAIN)
        self.blocks = nn.ModuleList([Block(width, wider) for width, wider in pairwise(downwards)])
        width = downwards[-1]
        self.stddev = MinibatchStddev(options.stddev_group) if options.stddev_group else None
        self.last = EqualizedConv2d(width + bool(options.stddev_group), width, 3, output_gain=GAIN)
        self.dense = EqualizedLinear(width * math.prod(first_map(shape)), width, output_gain=GAIN)
        self.head = EqualizedLinear(width, width if options.label_dim else 1)
        self.map, self.product = None, ClassProduct(math.sqrt(width))
        if options.label_dim:
            depth, rate = options.mapping_layers, options.mapping_lr
            self.map = MappingNetwork(0, width, depth, rate, shape.classes, options.label_dim)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        x = F.leaky_relu(self.from_image(images), SLOPE)
        features = []
        for block in self.blocks:
            x = block(x)
            features.append(x)
        if self.stddev is not None:
            x = self.stddev(x)
        x = F.leaky_relu(self.last(x), SLOPE)
        answer = self.head(F.leaky_relu(self.dense(x.flatten(1)), SLOPE))
        if self.map is not None:
            answer = self.product(answer, self.map(None, condition.labels))
        return CriticOutput(answer, tuple(features))


def check(options: Stylegan2Options, shape: DataShape) -> Iterator[str]:
    yield from size_problems("stylegan2", shape, LARGEST)
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="StyleGAN2: demodulated weights, skips, a residual critic. Any sides of 8 to 1024 px, grey, RGB or RGBA.",
    recipe={
        "architecture": {"z_dim": 32, "w_dim": 32, "mapping_layers": 2, "channel_base": 512, "max_channels": 32},
        "task": {"kind": "synthesis", "style_mixing": 0.9},
        "objective": {"kind": "non_saturating"},
        "regularizers": [{"kind": "r1", "gamma": 1.0, "every": 16}, {"kind": "path_length", "every": 4}],
        "generator_optimizer": {"lr": 2e-3, "betas": [0.0, 0.99]},
        "discriminator_optimizer": {"lr": 2e-3, "betas": [0.0, 0.99]},
    },
    options=Stylegan2Options,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
