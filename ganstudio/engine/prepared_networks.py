"""What a recipe does to networks of any architecture before they train: first weights, directions, frozen layers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from ganstudio.engine.contract import Nets
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.san import DirectedCritic
from ganstudio.errors import UsageError
from ganstudio.recipe.schema import Recipe

_WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


def prepare_networks(nets: Nets, recipe: Recipe) -> None:
    """Changes the networks as the recipe asks. Raises UsageError where one of them cannot be changed so."""
    if recipe.training.initialization == "orthogonal":
        for net in (*nets.generators.values(), *nets.critics.values()):
            set_orthogonal(net)
    if recipe.objective.san:
        for name, critic in nets.critics.items():
            nets.critics[name] = DirectedCritic(critic)
    if recipe.training.freeze_critic:
        for critic in nets.critics.values():
            freeze_first(critic, recipe.training.freeze_critic)


@torch.no_grad()
def set_orthogonal(net: nn.Module) -> None:
    """Draws orthogonal filters for every dense layer and convolution (Saxe et al. 2014, arXiv:1312.6120, section 3)."""
    for module in net.modules():
        if isinstance(module, _WEIGHTED):
            parametrized = hasattr(module, "parametrizations")
            nn.init.orthogonal_(module.parametrizations.weight.original if parametrized else module.weight)
            if isinstance(module, EqualizedLinear | EqualizedConv2d):
                module.weight /= module.scale


def freeze_first(critic: nn.Module, count: int) -> None:
    """Freezes the critic's first `count` layers with weights, and the norms between them (FreezeD).

    Mo et al. 2020 (arXiv:2002.10964, section 3). First are those that the critic defines first, which is the order in
    which an image passes them in every architecture here. Raises UsageError unless one is left to learn.
    """
    layers = sum(isinstance(module, _WEIGHTED) for module in critic.modules())
    if count >= layers:
        raise UsageError(
            f"training.freeze_critic: the critic has {layers} layers with weights, and one has to learn; got {count}. "
            f"Nearest: {layers - 1}."
        )
    for module in _before_layer(critic, count):
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(False)


def _before_layer(critic: nn.Module, count: int) -> Iterator[nn.Module]:
    """Modules in the order of their definition, up to the layer with weights after the first `count`."""
    seen = 0
    for module in critic.modules():
        if isinstance(module, _WEIGHTED):
            seen += 1
            if seen > count:
                return
        yield module
