"""A critic whose last layer is a direction: SAN, Takida et al. 2024 (arXiv:2301.12811, section 4).

A critic is <omega, h(x)> with features h and a unit vector omega. Its objective trains h while omega stands still, and
the Wasserstein loss trains omega while h stands still; the generator sees the product. Any critic will do whose answer
is that of its last layer with one output, in whatever shape.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput
from ganstudio.errors import UsageError

DIRECTION = "direction"  # the head: logits that train the direction alone


class Direction(nn.Module):
    """A dense layer or a convolution with one output, its weights scaled to length 1, without a bias."""

    def __init__(self, layer: nn.Linear | nn.Conv2d | nn.Conv3d) -> None:
        super().__init__()
        self.layer = layer  # its kernel, stride and padding; its weight is the direction, its bias is left out
        if layer.bias is not None:
            layer.bias = None
        self.answer: Tensor | None = None  # that trains the direction, of the latest call

    def forward(self, features: Tensor) -> Tensor:
        weight = F.normalize(self.layer.weight.float().flatten(), dim=0).view_as(self.layer.weight).to(features.dtype)
        self.answer = self._apply_to(features.detach(), weight)
        return self._apply_to(features, weight.detach())

    def _apply_to(self, features: Tensor, weight: Tensor) -> Tensor:
        if isinstance(self.layer, nn.Linear):
            return F.linear(features, weight)
        return self.layer._conv_forward(features, weight, None)


class DirectedCritic(nn.Module):
    """A critic whose last layer is a `Direction`; it answers as before, with the head that trains it.

    Raises UsageError, when it is built, where the critic has no layer with one output.
    """

    def __init__(self, critic: nn.Module) -> None:
        super().__init__()
        name = _last_layer(critic)
        above, _, own = name.rpartition(".")
        holder = critic.get_submodule(above)
        self.direction = Direction(_plain(holder.get_submodule(own)))
        setattr(holder, own, self.direction)
        self.critic = critic

    def forward(self, images: Tensor, condition: Condition, **stage: Any) -> CriticOutput:
        output = self.critic(images, condition, **stage)
        answer = self.direction.answer
        self.direction.answer = None
        logits = output.logits
        if not isinstance(logits, Tensor) or answer is None or answer.numel() != logits.numel():
            raise UsageError("objective.san: this critic's answer is not that of its last layer. Nearest: false.")
        heads = {**output.heads, DIRECTION: answer.reshape(logits.shape)}
        return CriticOutput(logits, output.features, heads)


def _last_layer(critic: nn.Module) -> str:
    """The name of the layer with one output that the critic defines last. Raises UsageError where there is none."""
    layers = (nn.Linear, nn.Conv2d, nn.Conv3d)
    named = [
        name
        for name, module in critic.named_modules()
        if isinstance(module, layers) and getattr(module, "out_features", getattr(module, "out_channels", 0)) == 1
    ]
    if not named:
        raise UsageError("objective.san: this critic has no last layer with one output. Nearest: false.")
    return named[-1]


def _plain(layer: nn.Module) -> Any:
    """The layer without spectral norm, which a length of 1 takes the place of."""
    if hasattr(layer, "parametrizations"):
        torch.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    return layer
