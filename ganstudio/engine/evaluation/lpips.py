"""LPIPS: how different two images look, as the features of a classifier see it.

Zhang et al. 2018, arXiv:1801.03924, version 0.1. With f_l [C, H, W] the l-th of five feature maps of AlexNet or VGG16,
scaled at each place to length 1, and a weight w_c >= 0 for each channel (equation 1, its weights squared):

    d(a, b) = sum over l of the mean over places of sum over c of w_c (f_lc(a) - f_lc(b))^2

This is a squared distance between two vectors, each of one image alone: all feature maps in a row, each channel times
sqrt(w_c / (H W)). `embed` gives that vector, so the distances of n images cost n passes, whatever the number of pairs.

Both networks ask for images of some size: AlexNet for 31 px, VGG16 for 16. A score of small images needs a `side` that
they are brought to, and two scores compare only where network and side are the same; `stamp` tells them.

The networks are torchvision's, trained on ImageNet, and are fetched or imported, whole or as their convolutions alone,
which are all that is read of them. The channels' weights are those of the package lpips 0.1.4, weights/v0.1, and stand
beside this file (float32): a distance without them is not LPIPS, and there is none here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.devices import full_precision
from ganstudio.engine.evaluation.imagenet.trunks import SCALE, SHIFT, Trunk, TrunkNet, load_convolutions
from ganstudio.errors import UsageError

HEADS = Path(__file__).with_name("lpips.npz")
_TINY = 1e-10


def heads_of(trunk: Trunk) -> list[Tensor]:
    """The published weights of the channels of each slice, [1, C, 1, 1]."""
    with np.load(HEADS, allow_pickle=False) as stored:
        return [torch.from_numpy(stored[f"{trunk.name}_lin{index}"]) for index in range(len(trunk.slices))]


class Lpips(nn.Module):
    """Distances between images [N, 1 or 3, H, W] in [-1, 1], [N]: 0 for equal ones, seldom above 1.

    With a `side`, images are brought to side x side first: averaged down, or enlarged bilinearly. The convolutions'
    `weights` have the names and shapes of `trunk.shapes()`; `heads` are w, a tensor [1, C, 1, 1] for each slice.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, trunk: Trunk, weights: dict[str, Tensor], heads: list[Tensor], side: int | None = None) -> None:
        super().__init__()
        self.trunk, self.side = trunk, side
        self.net = TrunkNet(trunk, weights)
        self.register_buffer("shift", torch.tensor(SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(3, 1, 1))
        for index, head in enumerate(heads):
            self.register_buffer(f"root{index}", head.sqrt())
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, path: Path, side: int | None = None) -> Lpips:
        """The network whose convolutions are at `path`, with its published heads. Raises UsageError."""
        trunk, weights = load_convolutions(path)
        return cls(trunk, weights, heads_of(trunk), side)

    @property
    def stamp(self) -> str:
        """What scores carry in brackets: `alexnet`, or `alexnet@64` where images are brought to one size."""
        return self.trunk.name + (f"@{self.side}" if self.side else "")

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """The distance of each pair of images, [N]."""
        left, right = self.embed(torch.cat([a, b])).chunk(2)
        return (left - right).square().sum(1)

    def embed(self, images: Tensor) -> Tensor:
        """One vector an image, [N, D]: the squared distance of two is the LPIPS of their images.

        D grows with the pixels: 31,872 for AlexNet and 499,712 for VGG16 at 64 px. Computed in float32, whatever
        stands around it.

        Raises:
            ValueError: not [N, 1 or 3, H, W].
            UsageError: images smaller than the network takes, and no `side`.
        """
        if images.dim() != 4 or images.shape[1] not in (1, 3):
            raise ValueError(f"LPIPS reads images [N, 1 or 3, H, W]; got {list(images.shape)}.")
        with full_precision(images.device):
            x = sized(images.float(), self.side) if self.side else images.float()
            if min(x.shape[2:]) < self.trunk.least:
                raise UsageError(
                    f"LPIPS: {self.trunk.name} takes images of {self.trunk.least} px or more; got "
                    f"{x.shape[3]} x {x.shape[2]}. Nearest: images brought to {self.trunk.least} px or more."
                )
            coloured = (x - self.shift) / self.scale  # grey is repeated
            return torch.cat([part.flatten(1) for part in self._parts(coloured)], dim=1)

    def _parts(self, x: Tensor) -> Iterator[Tensor]:
        """The five feature maps, scaled so that their squared differences add up to the distance."""
        for index, features in enumerate(self.net(x)):
            length = torch.linalg.vector_norm(features, dim=1, keepdim=True)  # a root of squares has no gradient at 0
            places = features.shape[2] * features.shape[3]
            yield features / (length + _TINY) * (self.get_buffer(f"root{index}") / places**0.5)


def sized(images: Tensor, side: int) -> Tensor:
    """`images` [N, C, H, W] as [N, C, side, side]: averaged down where both sides are larger, else bilinear.

    The choice of torch-fidelity, so that path lengths agree.
    """
    if images.shape[2:] == (side, side):
        return images
    if min(images.shape[2:]) > side:
        return F.interpolate(images, (side, side), mode="area")
    return F.interpolate(images, (side, side), mode="bilinear", align_corners=False)
