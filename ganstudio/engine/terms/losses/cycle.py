"""Cycle consistency and identity, Zhu et al. 2017 (arXiv:1703.10593, eq. 2 and section 5.2).

And the way back to any of several domains, Choi et al. 2018 (arXiv:1711.09020, eq. 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Need, Scope, TermBase, TermResult
from ganstudio.recipe.numbers import Number

Domain = Literal["a", "b"]


class CycleLoss(TermBase):
    """Mean distance of an image of `domain` to what comes back of it through both translators; [N]."""

    side: Side = "g"
    scope: Scope = "batch"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, domain: Domain, weight: Number = 10.0) -> None:
        self.domain, self.weight, self.name = domain, weight, f"cycle_{domain}"

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        back = context.nets.generators["b_to_a" if self.domain == "a" else "a_to_b"]
        fake = pairs[1 if self.domain == "a" else 0].pair.fake  # of the other domain, made from this one
        return TermResult(mean_distance(back(fake), real_images(context, self.domain)))


class IdentityLoss(TermBase):
    """Mean distance of an image of `domain` to what the translator into that domain makes of it; [N]."""

    side: Side = "g"
    scope: Scope = "batch"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, domain: Domain, weight: Number = 5.0) -> None:
        self.domain, self.weight, self.name = domain, weight, f"identity_{domain}"

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:  # noqa: ARG002
        if not context.value(self.weight):  # what it would cost to make is spared
            return None
        into = context.nets.generators["b_to_a" if self.domain == "a" else "a_to_b"]
        images = real_images(context, self.domain)
        return TermResult(mean_distance(into(images), images))


class ThereAndBack(TermBase):
    """Mean distance of an image to what comes back of it, translated into its own class again; [N]."""

    name = "reconstruction"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, weight: Number = 10.0) -> None:
        self.weight = weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        back = context.nets.generators["generator"](judged.pair.fake, judged.pair.condition_of_real.labels)
        return TermResult(mean_distance(back, judged.pair.real))


def real_images(context: StepContext, domain: Domain) -> Tensor:
    return context.batch.images if domain == "a" else context.batch.domains[0]


def mean_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of each image, [N]."""
    return (made.float() - wanted).abs().flatten(1).mean(1)
