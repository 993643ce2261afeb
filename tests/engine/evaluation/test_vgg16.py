"""VGG16 as features: the last map's mean of images in ImageNet's scale, and no other network's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine.evaluation.imagenet.trunks import ALEXNET, VGG16
from ganstudio.engine.evaluation.imagenet.vgg16 import Vgg16
from ganstudio.engine.evaluation.names import score_name
from ganstudio.errors import UsageError
from tests.engine.evaluation.perceptual import random_weights, write_weights

CPU = torch.device("cpu")


def test_features_are_the_means_of_the_last_map_of_images_in_imagenets_scale(tmp_path: Path) -> None:
    weights = random_weights(VGG16)
    network = Vgg16(write_weights(tmp_path / "vgg.pth", weights), CPU)
    pixels = torch.randint(0, 256, (2, 3, 96, 96), dtype=torch.uint8)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    x = (pixels / 255 - mean) / std
    for place in range(30):  # configuration D: convolutions, each with a ReLU, and poolings at 4, 9, 16 and 23
        if f"features.{place}.weight" in weights:
            x = F.relu(F.conv2d(x, weights[f"features.{place}.weight"], weights[f"features.{place}.bias"], padding=1))
        elif place in (4, 9, 16, 23):
            x = F.max_pool2d(x, 2)
    torch.testing.assert_close(network.features(pixels), x.mean((2, 3)), rtol=1e-4, atol=1e-5)
    assert (network.dim, network.logits(x)) == (512, None)
    assert score_name("fid", network.stamp, 5000) == "FD[vgg16]-5k"


def test_grey_is_seen_as_three_equal_channels_and_any_size_is_taken(tmp_path: Path) -> None:
    network = Vgg16(write_weights(tmp_path / "vgg.pth", random_weights(VGG16)), CPU)
    grey = torch.randint(0, 256, (1, 1, 20, 28), dtype=torch.uint8)
    torch.testing.assert_close(network.features(grey), network.features(grey.expand(-1, 3, -1, -1)))


def test_another_networks_convolutions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds those of alexnet"):
        Vgg16(write_weights(tmp_path / "alexnet.pth", random_weights(ALEXNET)), CPU)
