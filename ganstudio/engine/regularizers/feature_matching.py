"""Feature matching, Salimans et al. 2016 (arXiv:1606.03498, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from ganstudio.engine.contract import Side
from ganstudio.engine.regularizers.penalty import Evidence, Need, Penalty, Stateless
from ganstudio.recipe import schema


@dataclass(frozen=True)
class FeatureMatching(Stateless):
    """Squared distance between the batch means of the critic's features, averaged over features and layers."""

    choice: schema.FeatureMatching
    name: ClassVar = "feature_matching"
    side: ClassVar[Side] = "g"
    needs: ClassVar[frozenset[Need]] = frozenset({"real", "features"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        judged = evidence.judged
        distances = [
            (real.detach().float().mean(0) - fake.float().mean(0)).square().mean()
            for real, fake in zip(judged.real.features, judged.fake.features, strict=True)
        ]
        return Penalty(self.choice.weight * torch.stack(distances).mean())
