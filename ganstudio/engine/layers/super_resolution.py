"""What networks of super-resolution share: how much they enlarge, their bounds, and SRGAN's critic.

Ledig et al. 2017, arXiv:1609.04802, figure 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, DataShape
from ganstudio.units import both_texts

SCALES = (1, 2, 4, 8)

FIRST = 0.1  # of torch's first weights, that a last convolution has which adds to something

Norm = Literal["none", "batch"]
Skip = Literal["none", "bilinear"]


def scale_of(shape: DataShape) -> int:
    """How many times as wide as its source a picture is; 1 without a source."""
    return shape.size[-1] // shape.source[2] if shape.source else 1


def scale_problems(shape: DataShape) -> Iterator[str]:
    """Sentences on a source that cannot be doubled into a picture."""
    if shape.source is None:
        return
    if not any(tuple(side * scale for side in shape.source[1:]) == shape.size for scale in SCALES):
        sizes = f"{both_texts(shape.source[1:])} and {both_texts(shape.size)}"
        yield f"data: pictures must be 1, 2, 4 or 8 times as large as their sources; these are {sizes}. Nearest: 1."


class Picture(nn.Module):
    """The last of a generator: its answer, added to the enlarged source where there is a `skip`, cut to [-1, 1].

    In training the gradient passes as if nothing were cut, so that no pixel is stuck.
    """

    def __init__(self, skip: Skip, shape: DataShape) -> None:
        super().__init__()
        self.scale = scale_of(shape)
        self.adds = skip == "bilinear" and (shape.source is None or shape.source[0] == shape.channels)

    def forward(self, images: Tensor, source: Tensor) -> Tensor:
        if self.adds:
            images = images + F.interpolate(source, scale_factor=self.scale, mode="bilinear", align_corners=False)
        cut = images.clamp(-1, 1)
        return images + (cut - images).detach() if self.training else cut


def normed(convolution: nn.Conv2d, norm: Norm) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels)] if norm == "batch" else [convolution]


def last_convolution(channels: int, kernel: int, skip: Skip, shape: DataShape) -> nn.Conv2d:
    """To the picture's channels; with a `skip` its first weights are small, so that training begins near the source."""
    made = nn.Conv2d(channels, shape.channels, kernel, 1, kernel // 2)
    if skip != "none":
        made.weight.data.mul_(FIRST)
        made.bias.data.mul_(FIRST)
    return made


class PictureCritic(nn.Module):
    """Logits [N, 1]: eight convolutions, each second of stride 2, and two dense layers.

    The dense layers see the mean over places, so that pictures may be of any size; the paper's see all places of 96 px.
    """

    def __init__(self, channels: int, norm: Norm, shape: DataShape) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(shape.channels, channels, 3, 1, 1), nn.LeakyReLU(0.2)]
        before = channels
        for level in range(1, 8):
            after = channels * 2 ** (level // 2)
            stride = 1 + level % 2
            layers += [*normed(nn.Conv2d(before, after, 3, stride, 1), norm), nn.LeakyReLU(0.2)]
            before = after
        self.net = nn.Sequential(*layers)
        self.dense = nn.Sequential(nn.Linear(before, 2 * before), nn.LeakyReLU(0.2), nn.Linear(2 * before, 1))

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:  # noqa: ARG002
        return CriticOutput(self.dense(self.net(images).mean((2, 3))))
