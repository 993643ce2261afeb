"""DRAGAN's penalty, Kodali et al. 2017 (arXiv:1705.07215, section 2.3), with Gaussian noise around real images.

The noise is measured by the deviation of all pixels of the real batch, as the authors' code does.
"""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.penalties.gradient_penalty import norm_penalty
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class Dragan(TermBase):
    """lambda (|grad D(x + noise)| - 1)^2, one norm a sample, [N]."""

    name = "dragan"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic", "second_critic"})
    whole_batch = "DRAGAN measures its noise by a part"

    def __init__(self, choice: schema.Dragan) -> None:
        self.choice, self.weight, self.every = choice, choice.weight, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        pair = pairs[0].pair
        real = pair.real.detach().float()
        noise = context.draw.image_noise("dragan", *real.shape[1:])
        around = (real + self.choice.deviation * real.std() * noise).requires_grad_(True)
        output = context.judge(pair.critic, around, pair.condition_of_real, "around")
        return TermResult(norm_penalty(output, around, context.value(self.choice.target)))
