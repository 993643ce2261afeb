"""Pretrained networks as pyramids: maps of several sizes from images, for critics that judge by them.

They are the networks whose features scores compare; none that a critic reads may score its own generator.
"""

from __future__ import annotations

from typing import Literal, assert_never

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ganstudio.engine.contract import Frozen
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.efficientnet import EfficientNetLite0, shipped_state
from ganstudio.engine.layers.precision import without_autocast

Network = Literal["efficientnet-lite0", "lenet"]
_NORMED = (
    ("_conv_stem", "_bn0"),
    ("_expand_conv", "_bn0"),
    ("_depthwise_conv", "_bn1"),
    ("_project_conv", "_bn2"),
)
_ENDS = (3, 5, 11, 16)  # blocks of EfficientNet-Lite0 after which maps are taken, at strides of 4, 8, 16 and 32


class EfficientNetPyramid(nn.Module):
    """Images [N, 1 or 3, H, W] in [-1, 1] to four maps, of 24, 40, 112 and 320 channels."""

    widths = (24, 40, 112, 320)
    strides = (4, 8, 16, 32)

    def __init__(self) -> None:
        super().__init__()
        self.net = EfficientNetLite0()
        self.net.load_state_dict(shipped_state())
        del self.net._conv_head, self.net._bn1, self.net._fc  # what comes after the last map
        _fold(self.eval())

    def forward(self, images: Tensor) -> list[Tensor]:
        x = F.relu6(self.net._bn0(self.net._conv_stem(images.expand(-1, 3, -1, -1))))
        maps, start = [], 0
        for end in _ENDS:
            for block in self.net._blocks[start:end]:
                x = block(x)
            maps.append(x)
            start = end
        return maps


def _fold(net: nn.Module) -> None:
    """Takes the batch norms of EfficientNet-Lite0, whose statistics are fixed, into the convolutions before them."""
    for module in net.modules():
        for before, norm in _NORMED:
            if hasattr(module, before) and hasattr(module, norm):
                convolution, batch_norm = getattr(module, before), getattr(module, norm)
                # in place: a copy takes a tensor's memory, of which fake ones have none
                convolution.weight, convolution.bias = fuse_conv_bn_weights(
                    convolution.weight,
                    convolution.bias,
                    batch_norm.running_mean,
                    batch_norm.running_var,
                    batch_norm.eps,
                    batch_norm.weight,
                    batch_norm.bias,
                )
                setattr(module, norm, nn.Identity())


class LeNetPyramid(nn.Module):
    """Grey images [N, 1, 32, 32] in [-1, 1] to three maps, of 24, 48 and 64 channels."""

    widths = (24, 48, 64)
    strides = (2, 4, 8)

    def __init__(self) -> None:
        super().__init__()
        self.net = lenet.load()

    def forward(self, images: Tensor) -> list[Tensor]:
        maps, x = [], images
        for layer in (self.net.conv1, self.net.conv2, self.net.conv3):
            x = F.max_pool2d(F.relu(layer(x)), 2)
            maps.append(x)
        return maps


Pyramid = EfficientNetPyramid | LeNetPyramid


def pyramid(name: Network) -> Pyramid:
    match name:
        case "efficientnet-lite0":
            return EfficientNetPyramid()
        case "lenet":
            return LeNetPyramid()
        case unreachable:
            assert_never(unreachable)


class Features(nn.Module):
    """The maps of a pretrained network, which nothing moves; on the CPU in fp32."""

    def __init__(self, name: Network) -> None:
        super().__init__()
        net = pyramid(name)
        self.widths, self.strides, self.net = net.widths, net.strides, Frozen(net)

    def forward(self, images: Tensor) -> list[Tensor]:
        if images.device.type != "cpu":
            return self._maps(images)
        with without_autocast(images):  # depthwise convolutions in bf16 are many times as slow there
            return self._maps(images.float())

    def _maps(self, images: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self.net(images)
        return maps
