"""What a recipe does to networks of any architecture before they train: first weights, directions, frozen layers."""

from __future__ import annotations

import torch
from torch import nn

from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Nets, Stage
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.own_weight import own_weight
from ganstudio.engine.preparation.frozen_layers import WEIGHTED, freeze_first
from ganstudio.engine.preparation.san import DirectedCritic
from ganstudio.engine.preparation.trial_pairs import trial_pairs
from ganstudio.engine.tasks.task import Task
from ganstudio.recipe.schema import Recipe


def draw_weights(nets: Nets, recipe: Recipe) -> None:
    """First weights of networks that were just built, where the recipe wants others than theirs."""
    if recipe.training.initialization == "orthogonal":
        for net in (*nets.generators.values(), *nets.critics.values()):
            set_orthogonal(net)


def prepare_critics(nets: Nets, recipe: Recipe, task: Task, batches: Batches) -> None:
    """Gives critics directions and freezes their first layers, as the recipe asks; what they are shown says which.

    Critics that grow are tried out at the size they grow to. Raises UsageError where one cannot be changed so.
    """
    if not (recipe.objective.san or recipe.training.freeze_critic):
        return
    whole = Stage(0, 1.0)
    shown = {pair.critic: pair for pair in trial_pairs(nets, recipe, task, batches, whole)}
    for name, pair in shown.items():
        inputs, named = (pair.fake, pair.condition), nets.stage(whole)
        if recipe.objective.san:
            nets.critics[name] = DirectedCritic(nets.critics[name], *inputs, **named)
        if recipe.training.freeze_critic:
            freeze_first(nets.critics[name], recipe.training.freeze_critic, *inputs, **named)


@torch.no_grad()
def set_orthogonal(net: nn.Module) -> None:
    """Draws orthogonal filters for every dense layer and convolution (Saxe et al. 2014, arXiv:1312.6120, section 3)."""
    for module in net.modules():
        if isinstance(module, WEIGHTED):
            nn.init.orthogonal_(own_weight(module))
            if isinstance(module, EqualizedLinear | EqualizedConv2d):
                module.weight /= module.scale
