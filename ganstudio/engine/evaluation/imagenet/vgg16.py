"""VGG16's convolutions as features for scores of colour: those that LPIPS stands on, from the same file.

Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D, trained on ImageNet. The features are the means over
pixels of the last map, after its ReLU. No published FID is made in them: scores are FD[vgg16], never FID.

Images are looked at in 96 x 96 pixels, as EfficientNet-Lite0 looks at them here: at 224 they would take five times as
long. No score in these features has another size, so the size is no part of the name.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ganstudio.engine.evaluation.extractors import Extractor, resized, runner
from ganstudio.engine.evaluation.imagenet.trunks import VGG16, TrunkNet, load_convolutions
from ganstudio.engine.tensor_hash import digest_of
from ganstudio.errors import UsageError

SIDE = 96
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of values in [0, 1]


class LastMap(nn.Module):
    """Images [N, 3, H, W] in ImageNet's scale to the means [N, 512] of the last map."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.net = TrunkNet(VGG16, weights)

    def forward(self, images: Tensor) -> Tensor:
        *_, last = self.net(images)
        return last.mean((2, 3))


class Vgg16(Extractor):
    """Features of the convolutions at `file`. Raises UsageError where they are another network's."""

    name = stamp = "vgg16"
    dim = 512
    batch = 32

    def __init__(self, file: Path, device: torch.device, by_onnxruntime: bool = False) -> None:
        trunk, weights = load_convolutions(file)
        if trunk is not VGG16:
            raise UsageError(f"features vgg16: {file} holds those of {trunk.name}.", hint="ganstudio weights list")
        self.device = device
        self.digest = digest_of(weights.values())
        self._run = runner(LastMap(weights), SIDE, device, by_onnxruntime)

    def features(self, pixels: Tensor) -> Tensor:
        return self._run(resized(pixels.to(self.device), SIDE, MEAN, STD))
