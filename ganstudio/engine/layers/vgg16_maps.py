"""VGG16's convolutions as an encoder of pictures, cut after the first ReLU of each of its first slices.

Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D, trained on ImageNet. Borders are reflected, not filled with
zeros, as Huang & Belongie 2017 (arXiv:1703.06868, section 6.1) have them: zeros would show in what is drawn.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import _disable_current_modes

from ganstudio import weights
from ganstudio.engine.evaluation.imagenet.trunks import SCALE, SHIFT, VGG16, load_convolutions

WEIGHTS = "lpips-vgg16"
# of relu1_1, relu2_1, relu3_1 and relu4_1: the channels, and the root mean square of what they make of strong textures
# (benchmarks/style_pictures.py)
CHANNELS = (64, 128, 256, 512)
SIZES = (0.8, 2.9, 5.8, 4.9)


class Vgg16Maps(nn.Module):
    """relu1_1 to relu{depth}_1 of images [N, 3, H, W] in [-1, 1]: maps [N, C, h, w], the finest first.

    The last one's h and w are H and W, halved `depth` - 1 times. Each is divided by its size, so that weights of losses
    mean the same for all, and decoders begin with numbers of about 1. Nothing in it learns.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(3, 1, 1))
        layers = VGG16.layers(published_weights(), (depth - 1, 0), "reflect")
        # the first convolution of a slice and its ReLU follow the pooling that the slice begins with
        ends = [2, *(place + 3 for place, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d))]
        self.parts = nn.ModuleList(nn.Sequential(*layers[start:end]) for start, end in pairwise([0, *ends]))
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        x, maps = (images - self.get_buffer("shift")) / self.get_buffer("scale"), []
        for part, size in zip(self.parts, SIZES, strict=False):
            x = part(x)
            maps.append(x / size)
        return tuple(maps)


@lru_cache(maxsize=1)
def published_weights() -> dict[str, Tensor]:
    """The convolutions as torchvision names them. Raises UsageError where they are not here."""
    with _disable_current_modes():  # a dry run's tensors without values must not stay here
        _, state = load_convolutions(weights.require(WEIGHTS))  # whose digest says that they are VGG16's
    return state
