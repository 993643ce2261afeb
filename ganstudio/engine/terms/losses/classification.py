"""Classes that a critic's head tells, as in AC-GAN: Odena et al. 2017 (arXiv:1610.09585, eq. 2 and 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import TermBase, TermResult
from ganstudio.recipe.numbers import Number


class ClassLoss(TermBase):
    """Cross-entropy of the head `classes` with the labels, on real images or on fakes; [N].

    Nothing where the critic has no such head.
    """

    def __init__(self, side: Side, weight: Number = 1.0, on_real: bool = False) -> None:
        self.side, self.on_real, self.weight = side, on_real, weight
        self.name = "class_real" if on_real else "class_fake"

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:  # noqa: ARG002
        (judged,) = pairs
        output, condition = (
            (judged.real, judged.pair.condition_of_real) if self.on_real else (judged.fake, judged.pair.condition)
        )
        if "classes" not in output.heads or condition.labels is None:
            return None
        return TermResult(F.cross_entropy(output.heads["classes"].float(), condition.labels, reduction="none"))
