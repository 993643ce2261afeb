"""What a stylized picture is held to: its content's features, and the moments of its style's.

Huang & Belongie 2017, arXiv:1703.06868, equations 11 to 13. Distances are means of squares in the place of the norms,
as in the authors' code, so that weights mean the same at any size and count of channels. The task encodes what was
drawn once for both, and hands it over in the pair's inputs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.layers.feature_moments import moments
from ganstudio.engine.terms.losses.contrast import maps_of
from ganstudio.engine.terms.term import Need, TermBase, TermResult
from ganstudio.recipe.numbers import Number

CONTENT = "content"  # the deepest map, which was drawn from
MADE, STYLE = "made", "style"  # maps of what was drawn, and of the style, the finest first


class ContentLoss(TermBase):
    """Mean squared difference of the deepest map of what was drawn and the map that it was drawn from, [N]; eq. 12."""

    name = "content"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 1.0) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        inputs = judged.pair.inputs
        apart = maps_of(inputs, MADE)[-1].float() - inputs[CONTENT].float()
        return TermResult(apart.square().flatten(1).mean(1))


class StyleLoss(TermBase):
    """Mean squared differences of the means and deviations of what was drawn and of the style, summed over maps, [N].

    Equation 13.
    """

    name = "style"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 10.0) -> None:
        self.weight = weight
        self.reads = frozenset({"vgg16"})

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        inputs = judged.pair.inputs
        both = zip(maps_of(inputs, MADE), maps_of(inputs, STYLE), strict=True)
        return TermResult(torch.stack([moment_distance(made, style) for made, style in both]).sum(0))


def moment_distance(made: Tensor, style: Tensor) -> Tensor:
    """[N], of maps [N, C, h, w] of any sizes: the mean over channels of both squared differences."""
    apart = [(a - b).square().mean(1) for a, b in zip(moments(made), moments(style), strict=True)]
    return torch.stack(apart).sum(0)
