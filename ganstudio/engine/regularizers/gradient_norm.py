"""R1 and R2: zero-centred gradient penalties at real and at generated images.

Mescheder et al. 2018 (arXiv:1801.04406, eq. 9). The gradient is taken with respect to the un-augmented image.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput
from ganstudio.engine.regularizers import Evidence, Penalty, Stateless
from ganstudio.recipe import schema


@dataclass(frozen=True)
class R1(Stateless):
    choice: schema.R1
    name = "r1"
    side = "d"
    needs = frozenset({"real_grad"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        judged = evidence.judged
        return Penalty(self.choice.gamma / 2 * squared_gradient_norm(judged.real, judged.pair.real))


@dataclass(frozen=True)
class R2(Stateless):
    choice: schema.R2
    name = "r2"
    side = "d"
    needs = frozenset({"fake_grad"})

    @property
    def every(self) -> int:
        return self.choice.every

    def __call__(self, evidence: Evidence) -> Penalty:
        judged = evidence.judged
        return Penalty(self.choice.gamma / 2 * squared_gradient_norm(judged.fake, judged.pair.fake))


def squared_gradient_norm(output: CriticOutput, images: Tensor) -> Tensor:
    """Squared norm over all of a sample's pixels of d(sum of logits)/d(images), [N]; it can be differentiated again."""
    total = sum(scale.float().sum() for scale in output.scales)
    (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    return gradient.float().square().flatten(1).sum(1)
