"""What a recipe does to networks of any architecture as soon as they are built: first weights, directions."""

from __future__ import annotations

import torch
from torch import nn

from ganstudio.engine.contract import Nets
from ganstudio.engine.frozen_layers import WEIGHTED
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.own_weight import own_weight
from ganstudio.engine.san import DirectedCritic
from ganstudio.recipe.schema import Recipe


def prepare_networks(nets: Nets, recipe: Recipe) -> None:
    """Changes the networks as the recipe asks. Raises UsageError where one of them cannot be changed so."""
    if recipe.training.initialization == "orthogonal":
        for net in (*nets.generators.values(), *nets.critics.values()):
            set_orthogonal(net)
    if recipe.objective.san:
        for name, critic in nets.critics.items():
            nets.critics[name] = DirectedCritic(critic)


@torch.no_grad()
def set_orthogonal(net: nn.Module) -> None:
    """Draws orthogonal filters for every dense layer and convolution (Saxe et al. 2014, arXiv:1312.6120, section 3)."""
    for module in net.modules():
        if isinstance(module, WEIGHTED):
            nn.init.orthogonal_(own_weight(module))
            if isinstance(module, EqualizedLinear | EqualizedConv2d):
                module.weight /= module.scale
