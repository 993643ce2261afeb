"""R1 and R2: zero-centred gradient penalties at real and at generated images.

Mescheder et al. 2018 (arXiv:1801.04406, eq. 9). The gradient is taken with respect to the un-augmented image.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import CriticOutput, JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class R1(TermBase):
    """gamma / 2 times the squared gradient norm at real images."""

    name = "r1"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"real", "critic", "real_grad"})

    def __init__(self, choice: schema.R1) -> None:
        self.weight, self.every = choice.gamma, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        return TermResult(squared_gradient_norm(judged.real, judged.pair.real) / 2)


class R2(TermBase):
    """gamma / 2 times the squared gradient norm at generated images."""

    name = "r2"
    side: Side = "d"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"critic", "fake_grad"})

    def __init__(self, choice: schema.R2) -> None:
        self.weight, self.every = choice.gamma, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        return TermResult(squared_gradient_norm(judged.fake, judged.pair.fake) / 2)


def squared_gradient_norm(output: CriticOutput, images: Tensor) -> Tensor:
    """Squared norm over all of a sample's pixels of d(sum of logits)/d(images), [N]; it can be differentiated again."""
    total = torch.stack([scale.float().sum() for scale in output.scales]).sum()
    (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    return gradient.float().square().flatten(1).sum(1)
