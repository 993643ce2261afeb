"""The WGAN-GP penalty, Gulrajani et al. 2017 (arXiv:1704.00028, eq. 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from ganstudio.engine.contract import Side
from ganstudio.engine.regularizers.penalty import Evidence, Need, Penalty, Stateless
from ganstudio.recipe import schema


@dataclass(frozen=True)
class GradientPenalty(Stateless):
    """lambda (|grad D| - 1)^2 between a real image and a fake: one mix factor and one norm a sample."""

    choice: schema.GradientPenalty
    name: ClassVar = "gradient_penalty"
    side: ClassVar[Side] = "d"
    needs: ClassVar[frozenset[Need]] = frozenset({"real"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        pair = evidence.judged.pair
        mix = evidence.draw.uniform("gradient_penalty").view(-1, *(1,) * (pair.fake.ndim - 1))
        between = pair.fake.detach().float().lerp(pair.real.detach().float(), mix).requires_grad_(True)
        output = evidence.critic(between, pair.condition, "mixed")
        total = torch.stack([scale.float().sum() for scale in output.scales]).sum()
        (gradient,) = torch.autograd.grad(total, between, create_graph=True)
        # .norm has gradient 0 at 0, where sqrt of a sum of squares has NaN
        norm = gradient.float().flatten(1).norm(dim=1)
        return Penalty(self.choice.weight * (norm - self.choice.target).square())
