"""Drift, Karras et al. 2017 (arXiv:1710.10196, appendix A.1): what keeps a Wasserstein critic's answers near 0."""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class Drift(TermBase):
    """Squared logits of real images, [N]."""

    name = "drift"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic"})

    def __init__(self, choice: schema.Drift) -> None:
        self.weight, self.every = choice.weight, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        return TermResult(judged.real.mean_logits().square())
