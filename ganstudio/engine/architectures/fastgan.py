"""FastGAN, Liu et al. 2021 (arXiv:2101.04775): for few images and little time.

The generator is in layers/fastgan_generator.py. The critic (section 3.2) halves the image down to 8 to 15 pixels along
the short side, by a strided and a plain convolution beside an average of 2x2, with excitations that skip three
halvings, and answers for each patch. Its last two maps are handed out, for `regularizers.reconstruction` to draw real
images from: that makes it keep what the images look like, and it takes longer to learn few of them by heart.

The authors' code beyond 256 px begins with strided convolutions, one for each doubling; so does this.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.fastgan_generator import LARGEST, SkipGenerator, convolution, excitation
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems

SPAN = 3  # halvings that an excitation of the critic skips
PLAIN = 5  # halvings down to the last map that are blocks; those before are strided convolutions


class FastganOptions(Options):
    z_dim: PositiveInt = Field(default=256, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(
        default=8, examples=[64], description="a width that all maps are multiples of; 64 as published"
    )


class Generator(SkipGenerator):
    def __init__(self, options: FastganOptions, shape: DataShape) -> None:
        super().__init__(options.z_dim, options.channels, shape)


class Halving(nn.Module):
    """[N, before, H, W] -> [N, after, H/2, W/2]: convolutions, and beside them an average, one mean of both."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *(convolution(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)),
            *(convolution(after, after, 3, 1, 1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)),
        )
        self.direct = nn.Sequential(
            nn.AvgPool2d(2), convolution(before, after, 1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return (self.main(x) + self.direct(x)) / 2


class Critic(nn.Module):
    """Logits [N, 1, h, w] for patches; its heads `fine` and `coarse` are its last two maps."""

    def __init__(self, options: FastganOptions, shape: DataShape) -> None:
        super().__init__()
        halved = halvings(shape.resolution) - 1
        blocks = min(halved, PLAIN)
        widths = [max(options.channels * 8 // 2**level, 1) for level in range(blocks, -1, -1)]
        self.first = nn.Sequential(*_first_layers(shape.channels, widths[0], halved - blocks))
        self.halvings = nn.ModuleList(Halving(before, after) for before, after in pairwise(widths))
        self.span = min(SPAN, blocks)
        self.excitations = nn.ModuleList(
            excitation(widths[place], widths[place + self.span], 2 ** (blocks - place + 1), first_map(shape))
            for place in range(blocks - self.span + 1)
        )
        self.answer = nn.Sequential(
            *(convolution(widths[-1], 2 * widths[-1], 1), nn.BatchNorm2d(2 * widths[-1]), nn.LeakyReLU(0.2)),
            convolution(2 * widths[-1], 1, 4),
        )
        self.decodable = {"fine": (widths[-2], 2 ** (halved - 1)), "coarse": (widths[-1], 2**halved)}

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        maps = [self.first(images)]
        for place, halving in enumerate(self.halvings, start=1):
            x = halving(maps[-1])
            if (above := place - self.span) >= 0:
                x = x * self.excitations[above](maps[above])
            maps.append(x)
        return CriticOutput(self.answer(maps[-1]), tuple(maps), {"fine": maps[-2], "coarse": maps[-1]})


def _first_layers(channels: int, width: int, strided: int) -> Iterator[nn.Module]:
    """From the image to the first block's map, which is halved `strided` times."""
    if not strided:
        yield from (convolution(channels, width, 3, 1, 1), nn.LeakyReLU(0.2))
    for place in range(strided):
        narrow = max(width >> (strided - 1 - place), 1)
        yield convolution(channels, narrow, 4, 2, 1)
        if place:
            yield nn.BatchNorm2d(narrow)
        yield nn.LeakyReLU(0.2)
        channels = narrow


def check(options: FastganOptions, shape: DataShape) -> Iterator[str]:  # noqa: ARG001
    if shape.resolution < 16:
        yield f"data.resolution: fastgan needs 16 px or more; got {shape.resolution}. Nearest: 16."
        return
    yield from size_problems("fastgan", shape, LARGEST)


ARCHITECTURE = Architecture(
    summary="FastGAN: skip-layer excitation, a critic that can be decoded. 16 to 1024 px, rectangles too.",
    recipe={"objective": {"kind": "hinge"}, "regularizers": [{"kind": "reconstruction"}]},
    options=FastganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
