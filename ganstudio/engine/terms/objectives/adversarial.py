"""The objective as a term: what the critics and the generators play for."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ganstudio.engine.contract import JudgedPair, Side, StepContext
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
        return TermResult(torch.stack([scale.mean() for scale in scales]).mean())
