"""Layers with an equalized learning rate, Karras et al. 2018 (arXiv:1710.10196, section 4.1).

Weights are stored as N(0, 1) and scaled at every call by He's constant, gain / sqrt(fan-in), so that Adam, whose steps
do not depend on a weight's scale, moves every layer equally fast. `lr_multiplier` (Karras et al. 2019,
arXiv:1812.04948, appendix C) makes a layer slower: its weights and bias are stored 1 / lr_multiplier times as large and
scaled down again.

`gain` multiplies the weights alone, as He's sqrt(2) before a rectifier does; `output_gain` multiplies all that comes
out, the bias too: where a rectifier follows, that is StyleGAN2's sqrt(2) after it.
"""

from __future__ import annotations

import math
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


class _Equalized(nn.Module):
    """What both layers share, beside torch's layer of their kind: first weights, and what they are multiplied by."""

    weight: Any
    bias: Any

    def _equalize(self, bias_init: float, gain: float, output_gain: float, lr_multiplier: float) -> None:
        self.bias_scale = output_gain * lr_multiplier
        self.scale = gain * self.bias_scale / math.sqrt(self.weight[0].numel())
        nn.init.normal_(self.weight, 0.0, 1 / lr_multiplier)
        if self.bias is not None:
            nn.init.constant_(self.bias, bias_init / lr_multiplier)

    def scaled_weight(self) -> Tensor:
        """What images are multiplied by."""
        scaled: Tensor = self.weight * self.scale
        return scaled

    def scaled_bias(self) -> Tensor | None:
        """What is added; None where the layer has no bias."""
        return self.bias if self.bias is None or self.bias_scale == 1 else self.bias * self.bias_scale


class EqualizedLinear(_Equalized, nn.Linear):
    """[N, inputs] -> [N, outputs]."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        bias_init: float = 0.0,
        gain: float = 1.0,
        output_gain: float = 1.0,
        lr_multiplier: float = 1.0,
    ) -> None:
        super().__init__(inputs, outputs, bias)
        self._equalize(bias_init, gain, output_gain, lr_multiplier)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.scaled_weight(), self.scaled_bias())


class EqualizedConv2d(_Equalized, nn.Conv2d):
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
        output_gain: float = 1.0,
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2 if padding is None else padding, bias=bias)
        self._equalize(0.0, gain, output_gain, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.scaled_weight(), self.scaled_bias())
