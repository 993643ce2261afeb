"""Layers with an equalized learning rate, Karras et al. 2018 (arXiv:1710.10196, section 4.1).

Weights are stored as N(0, 1) and scaled at every call by He's constant, gain / sqrt(fan-in), so that Adam, whose steps
do not depend on a weight's scale, moves every layer equally fast. `lr_multiplier` (Karras et al. 2019,
arXiv:1812.04948, appendix C) makes a layer slower: its weights and bias are stored 1 / lr_multiplier times as large and
scaled down again.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _Equalized(nn.Module):
    """A stored weight [outputs, inputs, ...] and bias [outputs], and what they are multiplied by."""

    bias: nn.Parameter | None

    def __init__(self, shape: tuple[int, ...], bias: bool, bias_init: float, gain: float, lr_multiplier: float) -> None:
        super().__init__()
        self.scale, self.lr_multiplier = gain * lr_multiplier / math.sqrt(math.prod(shape[1:])), lr_multiplier
        self.weight = nn.Parameter(torch.randn(shape) / lr_multiplier)
        self.bias = nn.Parameter(torch.full(shape[:1], bias_init / lr_multiplier)) if bias else None

    def scaled_weight(self) -> Tensor:
        """What images are multiplied by."""
        return self.weight * self.scale

    def scaled_bias(self) -> Tensor | None:
        """What is added; None where the layer has no bias."""
        return self.bias if self.bias is None or self.lr_multiplier == 1 else self.bias * self.lr_multiplier


class EqualizedLinear(_Equalized):
    """[N, inputs] -> [N, outputs]."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        bias_init: float = 0.0,
        gain: float = 1.0,
        lr_multiplier: float = 1.0,
    ) -> None:
        super().__init__((outputs, inputs), bias, bias_init, gain, lr_multiplier)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.scaled_weight(), self.scaled_bias())


class EqualizedConv2d(_Equalized):
    """[N, inputs, H, W] -> [N, outputs, H, W] at stride 1 and the default padding, which keeps the size."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        padding: int | None = None,
        bias: bool = True,
        gain: float = 1.0,
        lr_multiplier: float = 1.0,
    ) -> None:
        super().__init__((outputs, inputs, kernel, kernel), bias, 0.0, gain, lr_multiplier)
        self.stride, self.padding = stride, kernel // 2 if padding is None else padding

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.scaled_weight(), self.scaled_bias(), self.stride, self.padding)
