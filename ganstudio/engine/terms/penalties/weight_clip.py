"""Weight clipping, Arjovsky et al. 2017 (arXiv:1701.07875, algorithm 1, line 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ganstudio.recipe import schema
from ganstudio.recipe.numbers import Number


@dataclass(frozen=True)
class WeightClip:
    """Keeps every parameter that a critic learns in [-limit, limit], after the step."""

    choice: schema.WeightClip

    @torch.no_grad()
    def after_step(self, critics: dict[str, nn.Module], value: Callable[[Number], float]) -> None:
        limit = value(self.choice.limit)
        parameters: list[torch.Tensor] = [
            p for critic in critics.values() for p in critic.parameters() if p.requires_grad
        ]
        torch._foreach_clamp_min_(parameters, -limit)
        torch._foreach_clamp_max_(parameters, limit)
