"""Exponential moving average of the generators: what previews, scores and exports show."""

from __future__ import annotations

import copy

import torch
from torch import nn

from ganstudio.recipe.schema import Training


def averaged_copy(net: nn.Module) -> nn.Module:
    """A frozen copy in eval mode."""
    return copy.deepcopy(net).eval().requires_grad_(False)


def half_life_nimg(training: Training, nimg: int) -> float:
    """Images after which a weight counts half: `ema_kimg`, at first at most `ema_ramp` of the images seen so far."""
    half_life = training.ema_kimg * 1000
    return half_life if training.ema_ramp is None else min(half_life, nimg * training.ema_ramp)


@torch.no_grad()
def update(average: nn.Module, net: nn.Module, nimg: int, training: Training) -> None:
    """Moves parameters towards `net` by 1 - 0.5^(images / half-life), images being those of one iteration.

    Buffers (batch-norm statistics) are copied.
    """
    images = training.batch * training.critic_steps
    keep = 0.5 ** (images / max(half_life_nimg(training, nimg), 1e-8))
    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - keep)
    buffers = list(average.buffers())
    if buffers:
        torch._foreach_copy_(buffers, list(net.buffers()))
