"""The objective as a term: what the critics and the generators play for.

`top_k`: the generator learns from the fakes with the highest logits alone (Sinha et al. 2020, arXiv:2002.06224, section
3). `san`: the critic's direction has the Wasserstein loss beside it (Takida et al. 2024, arXiv:2301.12811, section 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput, JudgedPair, Side, StepContext
from ganstudio.engine.preparation.san import DIRECTION
from ganstudio.engine.terms.objectives import wasserstein
from ganstudio.engine.terms.objectives.objective import Objective, needs_real
from ganstudio.engine.terms.term import Group, TermBase, TermResult
from ganstudio.recipe import schema


class Adversarial(TermBase):
    """One side's loss, a mean over the critic's scales."""

    name = "adversarial"
    group: Group = "adversarial"

    def __init__(self, choice: schema.Objective, side: Side) -> None:
        self.choice, self.side, self.weight = choice, side, choice.weight
        if side == "d" or needs_real(choice):
            self.needs = frozenset({"critic", "real"})
        whole_batch = ["top_k ranks the fakes of a part"] if side == "g" and choice.top_k != 1.0 else []
        if isinstance(choice, schema.RelativisticAverage):
            whole_batch.append("relativistic average compares with the mean of a part")
        self.whole_batch = ", ".join(whole_batch) or None

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        objective = Objective(self.choice, context.value)
        reals = judged.real.scales if judged.real else (None,) * len(judged.fake.scales)
        scales = [
            objective.discriminator(real.float(), fake.float(), context.draw)
            if self.side == "d"
            else objective.generator(fake.float(), None if real is None else real.float())
            for real, fake in zip(reals, judged.fake.scales, strict=True)
        ]
        if self.side == "d" and self.choice.san:
            scales = [features + each for features, each in zip(scales, _direction_losses(judged), strict=True)]
        if self.side == "g" and (share := context.value(self.choice.top_k)) < 1.0:
            best = _highest(judged.fake, share)
            scales = [scale[best] for scale in scales]
        return TermResult(torch.stack([scale.mean() for scale in scales]).mean())


def _highest(fake: CriticOutput, share: float) -> Tensor:
    """Places of the fakes that the critic takes for real most, at least one, [K]."""
    logits = fake.mean_logits().detach()
    return logits.topk(max(math.ceil(share * len(logits)), 1)).indices


def _direction_losses(judged: JudgedPair) -> tuple[Tensor, ...]:
    """What the direction of each scale minimizes while its features stand still, [N]."""
    real, fake = (answer.heads[DIRECTION] for answer in (judged.real, judged.fake))
    return wasserstein.discriminator(real, fake).unbind(1)
