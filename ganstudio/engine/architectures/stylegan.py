"""StyleGAN, Karras et al. 2019 (arXiv:1812.04948, section 2 and appendix C), on the growing critic of ProGAN.

z becomes w by a network of dense layers; from w each layer of the image network takes a scale and a shift for every
channel (AdaIN, eq. 1). The image network begins with a learned constant and adds noise, one plane a layer, times a
learned strength a channel. Both networks grow as ProGAN's do; sizes double by repeated pixels, blurred by [1, 2, 1].

As in ProGAN the last layer is linear: images in training may leave [-1, 1]; what is shown and exported is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Options, Stage, StyleGenerator
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.first_map import first_map, size_problems
from ganstudio.engine.layers.growing import BLUR, GAIN, SLOPE, GrowingCritic, doubled, faded_in, level_of, widths
from ganstudio.engine.layers.mapping import MappingNetwork
from ganstudio.engine.layers.resample import Filter

LARGEST = 1024
EPSILON = 1e-8


class StyleganOptions(Options):
    z_dim: PositiveInt = Field(default=512, description="length of the noise that an image is made from")
    w_dim: PositiveInt = Field(default=512, description="length of w, which z is mapped to")
    mapping_layers: PositiveInt = Field(default=8, description="dense layers from z to w")
    mapping_lr: PositiveFloat = Field(default=0.01, description="learning rate of these layers, of the generator's")
    channel_base: PositiveInt = Field(
        default=16384, description="channels at a level are this over its short side; 16 at 1024 px"
    )
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")
    stddev_group: NonNegativeInt = Field(
        default=4, description="samples that the critic compares with one another; 0 is off"
    )


class AdaIN(nn.Module):
    """Adaptive instance norm, eq. 1: each channel of each sample normalized, then scaled and shifted as w says."""

    def __init__(self, w_dim: int, width: int) -> None:
        super().__init__()
        self.style = EqualizedLinear(w_dim, 2 * width)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        scale, shift = self.style(w)[:, :, None, None].chunk(2, 1)
        exact = x.float()  # in fp32, as every norm is
        centred = exact - exact.mean((2, 3), keepdim=True)
        normalized = centred * (centred.square().mean((2, 3), keepdim=True) + EPSILON).rsqrt()
        return normalized.to(x.dtype) * (1 + scale) + shift


class Layer(nn.Module):
    """A convolution, noise, bias, leaky ReLU and AdaIN. The first layer has no convolution; `up` doubles the sides."""

    def __init__(self, inputs: int, width: int, w_dim: int, convolution: bool = True, up: bool = False) -> None:
        super().__init__()
        self.convolution = EqualizedConv2d(inputs, width, 3, bias=False, gain=GAIN) if convolution else None
        self.blur = Filter(BLUR) if up else None
        self.strength, self.bias = nn.Parameter(torch.zeros(width, 1, 1)), nn.Parameter(torch.zeros(width, 1, 1))
        self.adain = AdaIN(w_dim, width)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        if self.convolution is not None:
            x = self.convolution(x if self.blur is None else doubled(x))
        if self.blur is not None:
            x = self.blur(x)
        added = self.strength * noise + self.bias
        return self.adain(F.leaky_relu(x + added.to(x.dtype), SLOPE), w)


class Generator(StyleGenerator):
    def __init__(self, options: StyleganOptions, shape: DataShape) -> None:
        super().__init__()
        channels = widths(options.channel_base, options.max_channels, shape)
        self.z_dim, self.first = options.z_dim, first_map(shape)
        self.ws_shape = (2 * len(channels), options.w_dim)
        height, width = self.first
        self.noise_shapes = tuple((1, height << n // 2, width << n // 2) for n in range(2 * len(channels)))
        self.map = MappingNetwork(options.z_dim, options.w_dim, options.mapping_layers, options.mapping_lr)
        # the authors begin with ones, as StyleGAN2 no longer does: what AdaIN makes of a flat map is rounding error
        self.start = nn.Parameter(torch.randn(1, channels[0], *self.first))
        layers = [Layer(channels[0], channels[0], options.w_dim, convolution=False)]
        layers += [Layer(channels[0], channels[0], options.w_dim)]
        for wide, narrow in pairwise(channels):
            layers += [Layer(wide, narrow, options.w_dim, up=True), Layer(narrow, narrow, options.w_dim)]
        self.layers = nn.ModuleList(layers)
        self.to_image = nn.ModuleList([EqualizedConv2d(width, shape.channels, 1) for width in channels])

    def mapping(self, z: Tensor, labels: Tensor | None) -> Tensor:
        return self.map(z, labels)[:, None].expand(-1, *self.ws_shape)

    def synthesis(self, ws: Tensor, noise: tuple[Tensor, ...], **given: Any) -> Tensor:
        """Images [N, C, H, W] of the `stage`'s size from ws [N, L, w_dim]; in [-1, 1] in eval mode."""
        stage: Stage = given["stage"]
        newest = level_of(stage, len(self.to_image) - 1, self.first)
        x = before = self.start.expand(ws.shape[0], -1, -1, -1)
        for level in range(newest + 1):
            before = x
            for n in (2 * level, 2 * level + 1):
                x = self.layers[n](x, ws[:, n], noise[n])
        images = faded_in(self.to_image, newest, x, before, stage)
        return images if self.training else images.clamp(-1, 1)


class Critic(GrowingCritic):
    def __init__(self, options: StyleganOptions, shape: DataShape) -> None:
        channels = widths(options.channel_base, options.max_channels, shape)
        super().__init__(shape, channels, options.stddev_group, smooth=True)


def check(_options: StyleganOptions, shape: DataShape) -> Iterator[str]:
    yield from size_problems("stylegan", shape, LARGEST)


ARCHITECTURE = Architecture(
    summary="StyleGAN: mapping network, AdaIN, noise; it grows. Any sides of 8 to 1024 px, grey, RGB or RGBA.",
    recipe={
        "architecture": {"z_dim": 32, "w_dim": 32, "mapping_layers": 2, "channel_base": 512, "max_channels": 32},
        "task": {"kind": "synthesis", "style_mixing": 0.9},
        "objective": {"kind": "non_saturating"},
        "regularizers": [{"kind": "r1", "gamma": 1.0}],
        "generator_optimizer": {"lr": 1e-3, "betas": [0.0, 0.99]},
        "discriminator_optimizer": {"lr": 1e-3, "betas": [0.0, 0.99]},
        "growth": {"start": 4, "until": 0.5},
    },
    options=StyleganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    staged=True,
    channels=(1, 3, 4),
    rectangles=True,
)
