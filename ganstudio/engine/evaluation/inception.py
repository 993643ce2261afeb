"""The Inception-v3 of 2015-12-05, in whose features alone a Fréchet distance is the FID.

Heusel et al. 2017, arXiv:1706.08500 (FID); Bińkowski et al. 2018, arXiv:1801.01401 (KID); Salimans et al. 2016,
arXiv:1606.03498 (IS). The network, its resize (TensorFlow 1's bilinear, without antialiasing) and its weights are
torch-fidelity's; here it is called faster.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.engine.evaluation.extractors import Extractor, coloured, runner
from ganstudio.engine.tensor_hash import digest_of
from ganstudio.engine.torchvision_import import import_torchvision

SIDE = 299
FEATURES = 2048

# from pixels to the 2,048 features, in the order in which the network calls them
_LAYERS = (
    *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "MaxPool_1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "MaxPool_2"),
    *("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"),
    *("Mixed_7a", "Mixed_7b", "Mixed_7c", "AvgPool"),
)


class Inception(Extractor):
    name = "inception"
    stamp = "inception"
    dim = FEATURES
    batch = 32

    def __init__(self, file: Path, device: torch.device, by_onnxruntime: bool = False) -> None:
        import_torchvision()
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        self.device = device
        network: Any = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(file))
        self.digest = digest_of(network.state_dict().values())
        self._classifier = network.fc.weight.clone()
        body = nn.Sequential(*(getattr(network, name) for name in _LAYERS), nn.Flatten())
        self._run = runner(body, SIDE, device, by_onnxruntime)

    def features(self, pixels: Tensor) -> Tensor:
        from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

        images = coloured(pixels).to(self.device).float()
        with warnings.catch_warnings(
            action="ignore", category=UserWarning
        ):  # it copies a tensor in a way that torch warns of
            images = interpolate_bilinear_2d_like_tensorflow1x(images, size=(SIDE, SIDE), align_corners=False)
        return self._run((images - 128) / 128)

    def logits(self, features: Tensor) -> Tensor:
        """[N, 1008] without the bias: the Inception Score's own."""
        return features @ self._classifier.T
