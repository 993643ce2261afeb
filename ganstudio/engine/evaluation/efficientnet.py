"""EfficientNet-Lite0: ImageNet features that ship with the program, for scores of colour and of larger images.

Tan & Le 2019, arXiv:1905.11946; the Lite form (2020, of the TPU models) has ReLU6 for swish and no squeeze-and-excite.
Convolutions pad as TensorFlow's SAME does: what is odd goes below and right. Modules are called as in the published
state dict, so that it is loaded strictly.

The weights beside this file are the published ones, those of convolutions and of the classifier in half precision
(benchmarks/half_efficientnet.py makes the file, and compares scores: they are within 0.1 % of those by full weights).

Images are looked at in 96 x 96 pixels, where the ImageNet classifier looks at 224: a fifth of the time. The size is
part of the name, since figures of different sizes do not compare.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.evaluation.extractors import Extractor, resized, runner
from ganstudio.engine.tensor_hash import digest_of

WEIGHTS = Path(__file__).with_name("efficientnet-lite0.npz")
SIDE = 96
FEATURES = 1280
HALF = (0.5, 0.5, 0.5)  # mean and deviation: this conversion's images are in [-1, 1], not in ImageNet's own scale
EPS = 1e-3

# expansion, channels, repeats, kernel, stride of the first: table 1 of the paper
_STAGES = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)


class SameConv(nn.Conv2d):
    """A convolution without bias that gives ceil(side / stride) pixels."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(before, after, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        down, right = (max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[2:])
        return super().forward(F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2)))


class InvertedResidual(nn.Module):
    """An inverted residual: expand, filter each channel, project (Sandler et al. 2018, arXiv:1801.04381)."""

    def __init__(self, before: int, after: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = before * expansion
        self.adds = stride == 1 and before == after
        if expansion > 1:
            self._expand_conv = SameConv(before, inner, 1)
            self._bn0 = nn.BatchNorm2d(inner, EPS)
        self._depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner)
        self._bn1 = nn.BatchNorm2d(inner, EPS)
        self._project_conv = SameConv(inner, after, 1)
        self._bn2 = nn.BatchNorm2d(after, EPS)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu6(self._bn0(self._expand_conv(x))) if hasattr(self, "_expand_conv") else x
        inner = F.relu6(self._bn1(self._depthwise_conv(inner)))
        inner = self._bn2(self._project_conv(inner))
        return x + inner if self.adds else inner


class EfficientNetLite0(nn.Module):
    """Images [N, 3, H, W] in [-1, 1] to 1,280 features, the mean over pixels of the last layer."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(32, EPS)
        blocks, before = [], 32
        for expansion, after, repeats, kernel, stride in _STAGES:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(before, after, expansion, kernel, stride if repeat == 0 else 1))
                before = after
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(before, FEATURES, 1)
        self._bn1 = nn.BatchNorm2d(FEATURES, EPS)
        self._fc = nn.Linear(FEATURES, 1000)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))


def shipped_state() -> dict[str, Tensor]:
    """The state dict of the weights that ship with the program, in float32."""
    with np.load(WEIGHTS) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return {
        name: torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array)
        for name, array in arrays.items()
    }


class EfficientNet(Extractor):
    """Features of the last layer; `state` is another state dict than the shipped one."""

    name = "efficientnet-lite0"
    stamp = f"{name}@{SIDE}"
    dim = FEATURES

    def __init__(
        self, device: torch.device, by_onnxruntime: bool = False, state: dict[str, Tensor] | None = None
    ) -> None:
        self.device = device
        network = EfficientNetLite0()
        network.load_state_dict(state or shipped_state())
        self.digest = digest_of(network.state_dict().values())
        self._classifier = network.eval()._fc.requires_grad_(False)
        self._run = runner(network, SIDE, device, by_onnxruntime)

    def features(self, pixels: Tensor) -> Tensor:
        return self._run(resized(pixels.to(self.device), SIDE, HALF, HALF))

    def logits(self, features: Tensor) -> Tensor:
        return F.linear(features, self._classifier.weight.cpu(), self._classifier.bias.cpu())
