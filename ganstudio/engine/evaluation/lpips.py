"""LPIPS: how different two images look, as the features of a classifier see it.

Zhang et al. 2018, arXiv:1801.03924, version 0.1. With f_l [C, H, W] the l-th of five feature maps of AlexNet or VGG16,
scaled at each place to length 1, and a weight w_c >= 0 for each channel (equation 1, its weights squared):

    d(a, b) = sum over l of the mean over places of sum over c of w_c (f_lc(a) - f_lc(b))^2

This is a squared distance between two vectors, each of one image alone: all feature maps in a row, each channel times
sqrt(w_c / (H W)). `embed` gives that vector, so the distances of n images cost n passes, whatever the number of pairs.

Both networks ask for images of some size: AlexNet for 31 px, VGG16 for 16. A score of small images needs a `side` that
they are brought to, and two scores compare only where network and side are the same; `stamp` tells them.

The networks are torchvision's, trained on ImageNet, and are fetched or imported. The channels' weights are those of the
package lpips 0.1.4, weights/v0.1, and stand beside this file (float32).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.devices import full_precision
from ganstudio.engine.evaluation.extractors import state_of
from ganstudio.errors import UsageError

HEADS = Path(__file__).with_name("lpips.npz")
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's mean and deviation, of [-1, 1]
_TINY = 1e-10


@dataclass(frozen=True)
class Trunk:
    """The convolutions of a classifier, cut after the ReLUs whose outputs are compared.

    `slices` hold (channels, kernel, stride, padding); a max pooling of `pool` pixels, stride 2, stands before each of
    `pooled`. Images have `least` pixels a side or more.
    """

    name: str
    pool: int
    pooled: tuple[int, ...]
    least: int
    slices: tuple[tuple[tuple[int, int, int, int], ...], ...]

    def places(self) -> list[int]:
        """Where torchvision's `features` have the convolutions, a ReLU after each and the poolings between them."""
        places, next_place = [], 0
        for index, layers in enumerate(self.slices):
            next_place += index in self.pooled
            for _ in layers:
                places.append(next_place)
                next_place += 2
        return places

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The convolutions in torchvision's state dict: `features.{i}.weight` [out, in, k, k] and `.bias` [out]."""
        shapes: dict[str, tuple[int, ...]] = {}
        before, layers = 3, [layer for layers in self.slices for layer in layers]
        for place, (channels, kernel, _, _) in zip(self.places(), layers, strict=True):
            shapes[f"features.{place}.weight"] = (channels, before, kernel, kernel)
            shapes[f"features.{place}.bias"] = (channels,)
            before = channels
        return shapes

    def heads(self) -> list[Tensor]:
        """The published weights of the channels of each slice, [1, C, 1, 1]."""
        with np.load(HEADS, allow_pickle=False) as stored:
            return [torch.from_numpy(stored[f"{self.name}_lin{index}"]) for index in range(len(self.slices))]


# Krizhevsky 2014, arXiv:1404.5997, as torchvision has it
ALEXNET = Trunk(
    *("alexnet", 3, (1, 2), 31),
    (((64, 11, 4, 2),), ((192, 5, 1, 2),), ((384, 3, 1, 1),), ((256, 3, 1, 1),), ((256, 3, 1, 1),)),
)
# Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D
VGG16 = Trunk(
    *("vgg16", 2, (1, 2, 3, 4), 16),
    tuple(((channels, 3, 1, 1),) * depth for channels, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))),
)
TRUNKS = (ALEXNET, VGG16)


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
        layers = [layer for slice_ in trunk.slices for layer in slice_]
        with torch.device("meta"):
            inputs = [3, *(layer[0] for layer in layers)]
            self.convs = nn.ModuleList(nn.Conv2d(n, *layer) for n, layer in zip(inputs, layers, strict=False))
        for place, conv in zip(trunk.places(), self.convs, strict=True):
            state = {name: weights[f"features.{place}.{name}"] for name in ("weight", "bias")}
            conv.load_state_dict(state, assign=True)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(3, 1, 1))
        for index, head in enumerate(heads):
            self.register_buffer(f"root{index}", head.sqrt())
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, path: Path, side: int | None = None) -> Lpips:
        """The network of torchvision's state dict at `path`; which it is, the names of its convolutions tell.

        The classifier's entries are ignored. Raises UsageError.
        """
        stored = {name: tensor for name, tensor in state_of(path).items() if name.startswith("features.")}
        trunk = next((trunk for trunk in TRUNKS if set(trunk.shapes()) == set(stored)), None)
        if trunk is None:
            names = " nor ".join(trunk.name for trunk in TRUNKS)
            raise _unfit(path, f"its {len(stored)} entries features.* are neither those of {names}")
        for name, shape in trunk.shapes().items():
            tensor = stored[name]
            if tuple(tensor.shape) != shape or not tensor.is_floating_point():
                kind = str(tensor.dtype).removeprefix("torch.")
                raise _unfit(path, f"{name} is {kind} {list(tensor.shape)}, not float32 {list(shape)}")
            if not torch.isfinite(tensor).all():
                raise _unfit(path, f"{name} holds NaN or infinite numbers")
        return cls(trunk, {name: tensor.float() for name, tensor in stored.items()}, trunk.heads(), side)

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
        convs = iter(self.convs)
        for index, layers in enumerate(self.trunk.slices):
            if index in self.trunk.pooled:
                x = F.max_pool2d(x, self.trunk.pool, 2)
            for _ in layers:
                x = F.relu(next(convs)(x))
            length = x.square().sum(1, keepdim=True).sqrt()
            places = x.shape[2] * x.shape[3]
            yield x / (length + _TINY) * (self.get_buffer(f"root{index}") / places**0.5)


def sized(images: Tensor, side: int) -> Tensor:
    """`images` [N, C, H, W] as [N, C, side, side]: averaged down where both sides are larger, else bilinear.

    The choice of torch-fidelity, so that path lengths agree.
    """
    if images.shape[2:] == (side, side):
        return images
    if min(images.shape[2:]) > side:
        return F.interpolate(images, (side, side), mode="area")
    return F.interpolate(images, (side, side), mode="bilinear", align_corners=False)


def _unfit(path: Path, why: str) -> UsageError:
    return UsageError(f"LPIPS weights: {path}: {why}.", hint="ganstudio weights list")
