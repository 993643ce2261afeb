"""What a stylized picture is held to: its content's features, the moments of its style's, and itself without a style.

Huang & Belongie 2017, arXiv:1703.06868, equations 11 to 13. Distances are norms, as printed, divided by the root of how
many values they are of, so that weights mean the same at any size and count of channels. The authors' code has means of
squares, whose gradients a few styles of hard contrast rule. The task encodes what was drawn once for both, and hands it
over in the pair's inputs.

A small decoder that sees a few thousand pictures learns colours late by these; the identity loss of Park & Lee 2019
(SANet, arXiv:1812.02342, equation 7, its pixels) shows them at once, and costs no pass through the encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.layers.feature_moments import moments
from ganstudio.engine.terms.losses.contrast import maps_of
from ganstudio.engine.terms.losses.cycle import mean_distance
from ganstudio.engine.terms.term import Need, TermBase, TermResult
from ganstudio.recipe.numbers import Number

CONTENT = "content"  # the deepest map, which was drawn from
OWN = "own"  # the content's deepest map before that
MADE, STYLE = "made", "style"  # maps of what was drawn, and of the style, the finest first
_TINY = 1e-8  # a root has no slope at 0


class ContentLoss(TermBase):
    """How far the deepest map of what was drawn is from the map that it was drawn from, [N]; equation 12."""

    name = "content"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 1.0) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        inputs = judged.pair.inputs
        apart = maps_of(inputs, MADE)[-1].float() - inputs[CONTENT].float()
        return TermResult(_size(apart.flatten(1)))


class StyleLoss(TermBase):
    """How far means and deviations of what was drawn are from those of the style, summed over maps, [N].

    Equation 13.
    """

    name = "style"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 1.0) -> None:
        self.weight = weight
        self.reads = frozenset({"vgg16"})

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        inputs = judged.pair.inputs
        both = zip(maps_of(inputs, MADE), maps_of(inputs, STYLE), strict=True)
        return TermResult(torch.stack([moment_distance(made, style) for made, style in both]).sum(0))


class IdentityLoss(TermBase):
    """Mean absolute difference [N] of content and style to what is drawn of their own deepest maps, averaged."""

    name = "identity"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 5.0) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:
        if not context.value(self.weight):
            return None
        (judged,) = pairs
        inputs = judged.pair.inputs
        net: Any = context.nets.generators["generator"]  # with `decode`: see Stylization.network_problems
        drawn = [net.decode(features) for features in (inputs[OWN], maps_of(inputs, STYLE)[-1])]
        both = zip(drawn, (context.batch.images, context.batch.styles), strict=True)
        return TermResult(torch.stack([mean_distance(made, image) for made, image in both]).mean(0))


def moment_distance(made: Tensor, style: Tensor) -> Tensor:
    """[N], of maps [N, C, h, w] of any sizes: how far their means and their deviations are apart, in sum."""
    apart = [_size(a - b) for a, b in zip(moments(made), moments(style), strict=True)]
    return torch.stack(apart).sum(0)


def _size(apart: Tensor) -> Tensor:
    """The root mean square [N] of differences [N, K]."""
    return (apart.square().mean(1) + _TINY).sqrt()
