"""Balanced consistency regularization (bCR), Zhao et al. 2020 (arXiv:2002.04724, algorithm 1)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.contract import Condition, CriticOutput, JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema
from ganstudio.recipe.numbers import Number


class Consistency(TermBase):
    """Squared difference of the logits of an image and of a changed copy, at real and at generated images, [N]."""

    name = "consistency"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic"})

    def __init__(self, choice: schema.Consistency) -> None:
        self.choice, self.every = choice, choice.every
        self.weight: Number = 1.0  # each side has its own

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        pair, choice = judged.pair, self.choice
        real = self._difference(context, pair.critic, judged.real, pair.real, pair.condition_of_real, "real")
        fake = self._difference(context, pair.critic, judged.fake, pair.fake.detach(), pair.condition, "fake")
        return TermResult(context.value(choice.real) * real + context.value(choice.fake) * fake)

    def _difference(
        self,
        context: StepContext,
        critic: str,
        answer: CriticOutput,
        images: Tensor,
        condition: Condition,
        purpose: str,
    ) -> Tensor:
        changed = augment(images.detach().float(), self.choice.policy, 1.0, context.draw, f"consistency/{purpose}")
        other = context.judge(critic, changed, condition, purpose)
        return (answer.mean_logits() - other.mean_logits()).square()
