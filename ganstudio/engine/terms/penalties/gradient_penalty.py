"""The WGAN-GP penalty, Gulrajani et al. 2017 (arXiv:1704.00028, eq. 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput, JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class GradientPenalty(TermBase):
    """lambda (|grad D| - 1)^2 between a real image and a fake: one mix factor and one norm a sample."""

    name = "gradient_penalty"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic", "second_critic"})

    def __init__(self, choice: schema.GradientPenalty) -> None:
        self.choice, self.weight, self.every = choice, choice.weight, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        pair = pairs[0].pair
        mix = context.draw.uniform("gradient_penalty").view(-1, *(1,) * (pair.fake.ndim - 1))
        between = pair.fake.detach().float().lerp(pair.real.detach().float(), mix).requires_grad_(True)
        output = context.judge(pair.critic, between, pair.condition, "mixed")
        return TermResult(norm_penalty(output, between, context.value(self.choice.target), self.choice.one_sided))


def norm_penalty(output: CriticOutput, images: Tensor, target: float, one_sided: bool = False) -> Tensor:
    """(|d(sum of logits)/d(images)| - target)^2, [N]; with `one_sided` 0 where the norm is less (eq. 3 and section 4).

    It can be differentiated again.
    """
    total = torch.stack([scale.float().sum() for scale in output.scales]).sum()
    (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    # .norm has gradient 0 at 0, where sqrt of a sum of squares has NaN
    excess = gradient.float().flatten(1).norm(dim=1) - target
    return (excess.clamp_min(0) if one_sided else excess).square()
