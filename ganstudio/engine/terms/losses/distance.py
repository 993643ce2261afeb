"""The mean absolute difference of what is made of a source and what the data has for it (Isola et al. 2017, eq. 3).

Where a hole is filled, inside that hole: Pathak et al. 2016 (arXiv:1604.07379, eq. 1) with L1 in the place of L2.
"""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.losses.cycle import mean_distance
from ganstudio.engine.terms.term import Need, TermBase, TermResult
from ganstudio.recipe.numbers import Number


class PixelDistance(TermBase):
    """Mean absolute difference of each image to its target, [N]; it asks no critic."""

    name = "l1"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 100.0) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        assert judged.pair.real is not None  # it needs real images
        return TermResult(mean_distance(judged.pair.fake, judged.pair.real))


class HoleDistance(TermBase):
    """Mean absolute difference of each image to the real one over the pixels of its hole, [N]; it asks no critic."""

    name = "hole_l1"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 0.999) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        (judged,) = pairs
        assert judged.pair.real is not None  # it needs real images
        difference = (judged.pair.fake.float() - judged.pair.real).abs().mean(1)
        mask = judged.pair.inputs["mask"][:, 0]
        return TermResult((difference * mask).flatten(1).sum(1) / mask.flatten(1).sum(1))
