"""LPIPS: how different two images look, as the features of a classifier see it.

Zhang et al. 2018, arXiv:1801.03924, version 0.1. With f_l [C, H, W] the l-th of five feature maps of AlexNet or VGG16,
scaled at each place to length 1, and a weight w_c >= 0 for each channel (equation 1, its weights squared):

    d(a, b) = sum over l of the mean over places of sum over c of w_c (f_lc(a) - f_lc(b))^2

This is a squared distance between two vectors, each of one image alone: all feature maps in a row, each channel times
sqrt(w_c / (H W)). `embed` gives that vector, so the distances of n images cost n passes, whatever the number of pairs.

Both networks ask for images of some size: AlexNet for 31 px, VGG16 for 16. A score of small images needs a `side` that
they are brought to, and two scores compare only where network and side are the same; `stamp` tells them.
"""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.errors import UsageError

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

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """What a file of its weights holds: `conv{i}_w` [out, in, k, k] and `conv{i}_b`, `lin{i}_w` [1, C, 1, 1]."""
        shapes: dict[str, tuple[int, ...]] = {}
        before = 3
        for index, (channels, kernel, _, _) in enumerate(layer for layers in self.slices for layer in layers):
            shapes[f"conv{index}_w"] = (channels, before, kernel, kernel)
            shapes[f"conv{index}_b"] = (channels,)
            before = channels
        return shapes | {f"lin{index}_w": (1, layers[-1][0], 1, 1) for index, layers in enumerate(self.slices)}


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

    With a `side`, images are brought to side x side first: averaged down, or enlarged bilinearly.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, trunk: Trunk, weights: dict[str, Tensor], side: int | None = None) -> None:
        super().__init__()
        self.trunk, self.side = trunk, side
        layers = [layer for slice_ in trunk.slices for layer in slice_]
        with torch.device("meta"):
            inputs = [3, *(layer[0] for layer in layers)]
            self.convs = nn.ModuleList(nn.Conv2d(n, *layer) for n, layer in zip(inputs, layers, strict=False))
        for index, conv in enumerate(self.convs):
            state = {"weight": weights[f"conv{index}_w"], "bias": weights[f"conv{index}_b"]}
            conv.load_state_dict(state, assign=True)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(3, 1, 1))
        for index in range(len(trunk.slices)):
            self.register_buffer(f"root{index}", weights[f"lin{index}_w"].sqrt())
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, path: Path, side: int | None = None) -> Lpips:
        """The network whose weights are in the .npz at `path`; which it is, their names tell. Raises UsageError."""
        stored = _read(path)
        trunk = next((trunk for trunk in TRUNKS if set(trunk.shapes()) == set(stored)), None)
        if trunk is None:
            raise _unfit(path, f"it holds {len(stored)} arrays, of neither of {', '.join(t.name for t in TRUNKS)}")
        for name, shape in trunk.shapes().items():
            array = stored[name]
            if array.shape != shape or array.dtype.kind != "f":
                raise _unfit(path, f"{name} is {array.dtype} {list(array.shape)}, not float32 {list(shape)}")
            if not np.isfinite(array).all():
                raise _unfit(path, f"{name} holds NaN or infinite numbers")
            if name.startswith("lin") and (array < 0).any():
                raise _unfit(path, f"{name} holds numbers below 0, which no weight of a distance is")
        return cls(trunk, {name: torch.from_numpy(array.astype(np.float32)) for name, array in stored.items()}, side)

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


@contextlib.contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """float32 as it is written, inside of any autocast; no TF32, whose ten bits would drown the steps of a path."""
    with torch.autocast(device.type, enabled=False), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


def _read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz. Raises UsageError where there is none, or it is no such file."""
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                raise _unfit(path, "it is a single array, no .npz")
            with stored:
                return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise UsageError(f"LPIPS weights: there is no file {path}.", hint="ganstudio weights list") from None
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise _unfit(path, f"it cannot be read as .npz ({str(error) or type(error).__name__})") from None


def _unfit(path: Path, why: str) -> UsageError:
    return UsageError(f"LPIPS weights: {path}: {why}.", hint="ganstudio weights list")
