"""The convolutions of AlexNet and VGG16, trained on ImageNet: LPIPS and the features `vgg16` stand on them.

They come as torchvision's state dict, whose classifier is passed by, or as an .npz of themselves alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.evaluation.extractors import state_of
from ganstudio.errors import UsageError
from ganstudio.weights.convolutions import is_npz, read_convolutions

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's mean and deviation, of [-1, 1]

PaddingMode = Literal["zeros", "reflect"]


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

    def layers(
        self, weights: Mapping[str, Tensor], last: tuple[int, int], padding_mode: PaddingMode = "zeros"
    ) -> list[nn.Module]:
        """Convolutions, each with a ReLU after it, and poolings, up to the convolution (slice, place in it) `last`.

        `weights` have the names of `shapes`; those of layers that come later may be missing.
        """
        places, layers = iter(self.places()), list[nn.Module]()
        for level, slice_ in enumerate(self.slices[: last[0] + 1]):
            layers += [nn.MaxPool2d(self.pool, 2)] if level in self.pooled else []
            for number, shape in enumerate(slice_):
                place = next(places)
                if (level, number) > last:
                    break
                weight = weights[f"features.{place}.weight"]
                conv = nn.Conv2d(weight.shape[1], *shape, padding_mode=padding_mode)
                conv.load_state_dict({"weight": weight, "bias": weights[f"features.{place}.bias"]})
                layers += [conv, nn.ReLU()]
        return layers


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


class TrunkNet(nn.Module):
    """The feature maps of `trunk`, the finest first, of images [N, 3, H, W] in ImageNet's scale.

    `weights` have the names and shapes of `trunk.shapes()`. It is in eval mode, and nothing in it learns.
    """

    def __init__(self, trunk: Trunk, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.trunk = trunk
        layers = [layer for slice_ in trunk.slices for layer in slice_]
        with torch.device("meta"):
            inputs = [3, *(layer[0] for layer in layers)]
            self.convs = nn.ModuleList(nn.Conv2d(n, *layer) for n, layer in zip(inputs, layers, strict=False))
        for place, conv in zip(trunk.places(), self.convs, strict=True):
            state = {name: weights[f"features.{place}.{name}"] for name in ("weight", "bias")}
            conv.load_state_dict(state, assign=True)
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Iterator[Tensor]:
        convs = iter(self.convs)
        for index, layers in enumerate(self.trunk.slices):
            if index in self.trunk.pooled:
                x = F.max_pool2d(x, self.trunk.pool, 2)
            for _ in layers:
                x = F.relu(next(convs)(x))
            yield x


def load_convolutions(path: Path) -> tuple[Trunk, dict[str, Tensor]]:
    """Which of TRUNKS is stored at `path`, and its convolutions, named as `Trunk.shapes` has them.

    The names in torchvision's state dict tell which it is, or their number in an .npz. Raises UsageError.
    """
    return _of_npz(path) if is_npz(path) else _of_state_dict(path)


def _of_npz(path: Path) -> tuple[Trunk, dict[str, Tensor]]:
    stored = [torch.from_numpy(array) for array in read_convolutions(path).values()]
    trunk = next((trunk for trunk in TRUNKS if len(trunk.shapes()) == len(stored)), None)
    if trunk is None:
        raise _unfit(path, f"its {len(stored) // 2} convolutions are neither those of {_names()}")
    found = dict(zip(trunk.shapes(), stored, strict=True))
    _require_sound(path, trunk, found)
    return trunk, found


def _of_state_dict(path: Path) -> tuple[Trunk, dict[str, Tensor]]:
    stored = {name: tensor for name, tensor in state_of(path).items() if name.startswith("features.")}
    trunk = next((trunk for trunk in TRUNKS if set(trunk.shapes()) == set(stored)), None)
    if trunk is None:
        raise _unfit(path, f"its {len(stored)} entries features.* are neither those of {_names()}")
    _require_sound(path, trunk, stored)
    return trunk, {name: tensor.float() for name, tensor in stored.items()}


def _require_sound(path: Path, trunk: Trunk, stored: dict[str, Tensor]) -> None:
    for name, shape in trunk.shapes().items():
        tensor = stored[name]
        if tuple(tensor.shape) != shape or not tensor.is_floating_point():
            kind = str(tensor.dtype).removeprefix("torch.")
            raise _unfit(path, f"{name} is {kind} {list(tensor.shape)}, not float32 {list(shape)}")
        if not torch.isfinite(tensor).all():
            raise _unfit(path, f"{name} holds NaN or infinite numbers")


def _names() -> str:
    return " nor ".join(trunk.name for trunk in TRUNKS)


def _unfit(path: Path, why: str) -> UsageError:
    return UsageError(f"convolutions: {path}: {why}.", hint="ganstudio weights list")
