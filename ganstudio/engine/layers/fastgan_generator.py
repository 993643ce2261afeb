"""FastGAN's generator, Liu et al. 2021 (arXiv:2101.04775, section 3.1), which Projected GANs use as well.

Each size is a nearest-neighbour doubling, a convolution with spectral norm, batch norm and a gated linear unit, on
every other size twice. A skip-layer excitation (equation 1) scales the channels of a large map by what a map four
doublings smaller says of them; smaller images have fewer doublings, and so do their excitations. The authors' code also
adds noise after some convolutions, with a weight that begins at zero, and draws a second, smaller image for a second
critic; the paper has neither, and here is neither.
"""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import DataShape
from ganstudio.engine.layers.first_map import first_map, halvings

LARGEST = 1024
WIDTHS = (16, 8, 4, 2, 2, 1, 0.5, 0.25, 0.125)  # times `channels`, from the smallest map of 4x4 up to 1024x1024
SPAN, LAST_EXCITED = 4, 7  # doublings that an excitation skips; 512x512 is the largest map that has one


def convolution(
    before: int, after: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = False
) -> nn.Conv2d:
    layer = nn.Conv2d(before, after, kernel, stride, padding, bias=bias)
    spectral_norm(layer)
    return layer


def excitation(before: int, after: int, pooled: int, kernel: tuple[int, int]) -> nn.Sequential:
    """From a map [N, before, H, W] factors [N, after, 1, 1] in (0, 1); averaging by `pooled` leaves `kernel` pixels."""
    return nn.Sequential(
        nn.AvgPool2d(pooled) if pooled > 1 else nn.Identity(),
        spectral_norm(nn.Conv2d(before, after, kernel, bias=False)),
        nn.SiLU(),
        convolution(after, after, 1),
        nn.Sigmoid(),
    )


class Doubling(nn.Sequential):
    """[N, before, H, W] -> [N, after, 2H, 2W], with one gated convolution, or with two."""

    def __init__(self, before: int, after: int, twice: bool = False) -> None:
        layers: list[nn.Module] = [nn.Upsample(scale_factor=2)]
        for width in (before, after) if twice else (before,):
            layers += [convolution(width, 2 * after, 3, 1, 1), nn.BatchNorm2d(2 * after), nn.GLU(1)]
        super().__init__(*layers)


def map_widths(channels: int, shape: DataShape) -> list[int]:
    """Channels from the smallest map up to full size."""
    return [max(round(channels * factor), 1) for factor in WIDTHS[: halvings(shape.resolution) + 1]]


class SkipGenerator(nn.Module):
    """Images [N, C, H, W] in [-1, 1] from z [N, z_dim]; labels are ignored."""

    conditional = False

    def __init__(self, z_dim: int, channels: int, shape: DataShape) -> None:
        super().__init__()
        self.z_dim = z_dim
        first, widths = first_map(shape), map_widths(channels, shape)
        self.span = excitation_span(len(widths) - 1)
        self.first = nn.Sequential(
            spectral_norm(nn.ConvTranspose2d(z_dim, 2 * widths[0], first, bias=False)),
            nn.BatchNorm2d(2 * widths[0]),
            nn.GLU(1),
        )
        self.doublings = nn.ModuleList(
            Doubling(before, after, twice=place % 2 == 0) for place, (before, after) in enumerate(pairwise(widths))
        )
        self.excitations = nn.ModuleList(
            excitation(widths[place], widths[place + self.span], 2**place, first)
            for place in range(min(len(widths) - 1, LAST_EXCITED) - self.span + 1)
        )
        self.to_image = convolution(widths[-1], shape.channels, 3, 1, 1)

    def forward(self, z: Tensor, labels: Tensor | None) -> Tensor:  # noqa: ARG002
        maps = [self.first(z[:, :, None, None])]
        for place, doubling in enumerate(self.doublings, start=1):
            x = doubling(maps[-1])
            if 0 <= (below := place - self.span) < len(self.excitations):
                x = x * self.excitations[below](maps[below])
            maps.append(x)
        return F.tanh(self.to_image(maps[-1]))


def excitation_span(doublings: int) -> int:
    return SPAN if doublings >= SPAN else max(doublings - 1, 1)
