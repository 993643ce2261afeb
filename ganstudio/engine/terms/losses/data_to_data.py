"""Data-to-data cross-entropy, Kang et al. 2021 (ReACGAN, arXiv:2111.01118, eq. 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import TermBase, TermResult
from ganstudio.recipe.task_choices import SynthesisTask


class DataToData(TermBase):
    """An image's direction against its class's proxy and the batch's images of other classes; [N].

    The critic learns it on real images, the generator on its fakes. Nothing where the critic answers no directions.
    """

    name = "data_to_data"

    def __init__(self, side: Side, knobs: SynthesisTask) -> None:
        self.side, self.knobs, self.weight = side, knobs, knobs.class_weight

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:  # noqa: ARG002
        (judged,) = pairs
        real = self.side == "d"
        output = judged.real if real else judged.fake
        condition = judged.pair.condition_of_real if real else judged.pair.condition
        if "directions" not in output.heads or condition.labels is None:
            return None
        directions, proxies = output.heads["directions"], output.heads["proxies"]
        knobs = self.knobs
        return TermResult(
            data_to_data(directions, proxies, condition.labels, knobs.class_temperature, knobs.class_margins)
        )


def data_to_data(
    directions: Tensor, proxies: Tensor, labels: Tensor, temperature: float, margins: tuple[float, float]
) -> Tensor:
    """[N] from unit directions [N, D], the unit proxy of each one's class [N, D] and the classes [N].

    A direction that is within the first margin of its proxy (a cosine above it) is pulled no further; one that is below
    the second margin of another class's image is pushed no further. Alone with its class in the batch it costs nothing.
    """
    pull = (((directions * proxies).sum(1) - margins[0]) / temperature).clamp(max=0)
    push = ((directions @ directions.T - margins[1]) / temperature).clamp(min=0)
    push = push.masked_fill(labels[:, None] == labels[None], -torch.inf)
    # -log(e^pull / (e^pull + sum of e^push)), eq. 6
    return torch.cat([pull[:, None], push], 1).logsumexp(1) - pull
