"""R1 and R2: zero-centred gradient penalties at real and at generated images.

Mescheder et al. 2018 (arXiv:1801.04406, eq. 9). The gradient is taken with respect to the un-augmented image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput, Side
from ganstudio.engine.regularizers.penalty import Evidence, Need, Penalty, Stateless
from ganstudio.recipe import schema


@dataclass(frozen=True)
class R1(Stateless):
    choice: schema.R1
    name: ClassVar = "r1"
    side: ClassVar[Side] = "d"
    needs: ClassVar[frozenset[Need]] = frozenset({"real_grad"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        judged = evidence.judged
        return Penalty(self.choice.gamma / 2 * squared_gradient_norm(judged.real, judged.pair.real))


@dataclass(frozen=True)
class R2(Stateless):
    choice: schema.R2
    name: ClassVar = "r2"
    side: ClassVar[Side] = "d"
    needs: ClassVar[frozenset[Need]] = frozenset({"fake_grad"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        judged = evidence.judged
        return Penalty(self.choice.gamma / 2 * squared_gradient_norm(judged.fake, judged.pair.fake))


def squared_gradient_norm(output: CriticOutput, images: Tensor) -> Tensor:
    """Squared norm over all of a sample's pixels of d(sum of logits)/d(images), [N]; it can be differentiated again."""
    total = torch.stack([scale.float().sum() for scale in output.scales]).sum()
    (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    return gradient.float().square().flatten(1).sum(1)
