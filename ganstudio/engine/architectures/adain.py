"""AdaIN, Huang & Belongie 2017 (arXiv:1703.06868, section 6.1): a frozen encoder, and a decoder of its features.

The encoder is VGG16 up to relu3_1 or relu4_1; the paper's is VGG19 up to relu4_1. The decoder is its mirror: the same
convolutions backwards, without norms, nearest doubling in the place of poolings, borders reflected. Here it has a
quarter of the encoder's channels; `architecture.channels=64` has as many. Its ReLUs are leaky: of 32 channels that are
fed with 256 which are never negative, 21 fell silent in a training with plain ones, and colours with them. What it
draws is cut to [-1, 1], and its gradient is not. The critic, for trainings that have one, is of patches, as pix2pix's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, DataShape, Frozen, Options
from ganstudio.engine.layers.patch_critic import Norm, PatchCritic, level_problems
from ganstudio.engine.layers.super_resolution import Picture
from ganstudio.engine.layers.vgg16_maps import CHANNELS, Vgg16Maps
from ganstudio.errors import nearest_number
from ganstudio.units import both_texts

LARGEST = 1024  # pixels along the short side
CONVOLUTIONS = (2, 2, 3)  # of the encoder's slices, less the last
SLOPE = 0.2  # of the decoder's leaky ReLUs


class AdaINOptions(Options):
    encoder: Literal["relu3_1", "relu4_1"] = Field(
        default="relu3_1", description="where VGG16 is cut; relu4_1, as published, changes larger shapes, in more time"
    )
    channels: PositiveInt = Field(
        default=16, description="of the decoder's finest level, doubled each level down; 64 as the encoder has"
    )
    critic_channels: PositiveInt = Field(default=16, description="channels of the critic's first level")
    critic_levels: PositiveInt = Field(default=2, description="of stride 2: 3 judge patches of 70 px, 1 of 16 px")
    critic_norm: Norm = Field(default="instance", description="of the critic")

    @property
    def depth(self) -> int:
        """The slice of VGG16 that is cut after its first ReLU."""
        return int(self.encoder[4])


class StyleTransfer(nn.Module):
    """The encoder, which no checkpoint holds, and the decoder.

    Attributes:
        channels: of the deepest map.
    """

    any_size = True

    def __init__(self, options: AdaINOptions, shape: DataShape) -> None:
        super().__init__()
        self.channels = CHANNELS[options.depth - 1]
        self.encoder = Frozen(Vgg16Maps(options.depth))
        self.decoder = decoder(options)
        self.picture = Picture("none", shape)

    def encode(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps [N, C, h, w] of images [N, 3, H, W] in [-1, 1], the finest first."""
        maps: tuple[Tensor, ...] = self.encoder(images)
        return maps

    def decode(self, features: Tensor) -> Tensor:
        """Images [N, 3, H, W] in [-1, 1] of features such as the deepest map."""
        images: Tensor = self.picture(self.decoder(features), features)
        return images


def decoder(options: AdaINOptions) -> nn.Sequential:
    """The encoder backwards: each slice's first convolution, a doubling, the other convolutions of the slice before."""
    before, layers = CHANNELS[options.depth - 1], list[nn.Module]()
    for level in reversed(range(options.depth - 1)):
        width = options.channels * 2**level
        layers += [_convolution(before, width), nn.LeakyReLU(SLOPE), nn.Upsample(scale_factor=2)]
        for _ in range(CONVOLUTIONS[level] - 1):
            layers += [_convolution(width, width), nn.LeakyReLU(SLOPE)]
        before = width
    return nn.Sequential(*layers, _convolution(before, 3))


def _convolution(before: int, after: int) -> nn.Conv2d:
    made = nn.Conv2d(before, after, 3, 1, 1, padding_mode="reflect")
    # torch's own lets features fade on their way
    nn.init.kaiming_normal_(made.weight, a=SLOPE, nonlinearity="leaky_relu")
    if made.bias is not None:
        nn.init.zeros_(made.bias)
    return made


def critic(options: AdaINOptions, shape: DataShape) -> nn.Module:
    return PatchCritic(options.critic_channels, options.critic_levels, options.critic_norm, shape)


def check(options: AdaINOptions, shape: DataShape) -> Iterator[str]:
    step, short = 2 ** (options.depth - 1), shape.resolution
    if any(side % step for side in shape.size) or not 2 * step <= short <= LARGEST:
        nearest = nearest_number(short, range(2 * step, LARGEST + 1, step))
        yield (
            f"data.crop: adain takes multiples of {step}, the short side {2 * step} to {LARGEST} px; got "
            f"{both_texts(shape.size)}. Nearest: {nearest}."
        )
    yield from level_problems(options.critic_levels, short)


ARCHITECTURE = Architecture(
    summary="AdaIN: VGG16's features in the moments of another picture's, and a decoder that draws them. RGB.",
    recipe={"task": {"kind": "stylization"}, "training": {"critic_steps": 0}},
    options=AdaINOptions,
    generator=StyleTransfer,
    critic=critic,
    check=check,
    channels=(3,),
    rectangles=True,
)
