"""Feature matching, Salimans et al. 2016 (arXiv:1606.03498, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class FeatureMatching(TermBase):
    """Squared distance between the batch means of the critic's features, averaged over features and layers."""

    name = "feature_matching"
    side: Side = "g"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic", "features"})
    whole_batch = "feature matching compares means of a part"

    def __init__(self, choice: schema.FeatureMatching) -> None:
        self.choice, self.weight, self.every = choice, choice.weight, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        distances = [
            (real.detach().float().mean(0) - fake.float().mean(0)).square().mean()
            for real, fake in zip(judged.real.features, judged.fake.features, strict=True)
        ]
        return TermResult(torch.stack(distances).mean())
