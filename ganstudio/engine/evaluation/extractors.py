"""What networks whose features stand behind the scores have in common: their interface, and how they are run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.devices import full_precision
from ganstudio.errors import UsageError


class Extractor(ABC):
    """Images to features.

    Attributes:
        name: as `--features` and `evaluation.features` have it.
        stamp: what scores carry in brackets: the name and, where it is the user's to know, the size in pixels.
        dim: features an image, D.
        batch: images at once that take some hundred megabytes at most.
        digest: a hash of the weights: features of other weights are other features.
    """

    name: str
    stamp: str
    dim: int
    batch: int = 64
    digest: str

    @abstractmethod
    def features(self, pixels: Tensor) -> Tensor:
        """Features [N, D] float32, on the CPU, of pixels uint8 [N, C, H, W], C 1 or 3."""

    def logits(self, features: Tensor) -> Tensor | None:  # noqa: ARG002
        """What the network makes of its features: a classifier's logits [N, K]; None where it has no classes."""
        return None


def coloured(pixels: Tensor) -> Tensor:
    """[N, 3, H, W]: a grey image has three equal channels, as a PNG reader gives it."""
    return pixels.expand(-1, 3, -1, -1) if pixels.shape[1] == 1 else pixels


def resized(pixels: Tensor, side: int, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Floats [N, 3, side, side], bilinear with antialiasing; `mean` and `std` are a channel's, of values in [0, 1]."""
    images = coloured(pixels).float() / 255
    images = F.interpolate(images, (side, side), mode="bilinear", antialias=True, align_corners=False)
    shift, scale = (images.new_tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    return (images - shift) / scale


def runner(body: nn.Module, side: int, device: torch.device, by_onnxruntime: bool) -> Callable[[Tensor], Tensor]:
    """What calls `body`, images [N, 3, side, side] to features [N, D] on the CPU, alike to 1e-5.

    On a CPU onnxruntime takes half of eager torch's time for convolutional networks; making its graph takes seconds.
    """
    body = body.eval().requires_grad_(False)
    if by_onnxruntime:
        return _graph(body, side)
    body.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def call(images: Tensor) -> Tensor:
        with full_precision(device):
            return body(images.to(memory_format=torch.channels_last)).cpu()

    return call


def _graph(body: nn.Module, side: int) -> Callable[[Tensor], Tensor]:
    from ganstudio.engine.export.graph import to_graph
    from ganstudio.engine.export.parity import session_of

    session: Any = session_of(to_graph(ExportSpec("", body, {"pixels": torch.zeros(2, 3, side, side)})))

    def call(images: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"pixels": images.contiguous().numpy()})[0])

    return call


def state_of(path: Any) -> dict[str, Tensor]:
    """A published state dict. Raises UsageError for a file that holds code or anything but tensors."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes fail in any way that torch's reader can
        raise UsageError(f"{path}: is no state dict: {type(error).__name__}.") from None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise UsageError(f"{path}: is no state dict: it holds other things than named tensors.")
    return dict(state)
