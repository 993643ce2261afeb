"""LeCam regularization, Tseng et al. 2021 (arXiv:2104.03310, eq. 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class LeCam(TermBase):
    """(D(x) - mean of D(G(z)))^2 + (D(G(z)) - mean of D(x))^2, [N], with running means of earlier updates.

    The means that are compared with are those before this update; the first is compared with means of 0.
    """

    name = "lecam"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic"})

    def __init__(self, choice: schema.LeCam) -> None:
        self.choice, self.weight, self.every = choice, choice.weight, choice.every

    def initial_state(self) -> dict[str, Tensor]:
        return {"real": torch.zeros(()), "fake": torch.zeros(())}

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        real, fake, means = judged.real.mean_logits(), judged.fake.mean_logits(), context.memory
        distance = (real - means["fake"]).square() + (fake - means["real"]).square()
        return TermResult(distance, {"real": real.detach().mean(), "fake": fake.detach().mean()})

    def observe(self, state: dict[str, Tensor], observed: Mapping[str, Tensor]) -> None:
        for name, mean in state.items():
            mean.lerp_(observed[name], self.choice.decay)
