"""Path-length regularization, Karras et al. 2020 (arXiv:1912.04958, eq. 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.recipe import schema


class PathLength(TermBase):
    """weight (|J_w^T y| - a)^2 with y Gaussian image noise and a the running mean of lengths.

    The mean that a penalty compares with is the one before this update, where the reference code mixes in the batch at
    hand: so a batch split into micro-batches or over processes gives the same penalty as a whole one. It begins with
    the first lengths that are seen, not with 0: small networks that learn fast follow a mean of 0 until w does nothing.
    """

    name = "path_length"
    side: Side = "g"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset({"latents"})

    def __init__(self, choice: schema.PathLength) -> None:
        self.choice, self.weight, self.every = choice, choice.weight, choice.every

    def initial_state(self) -> dict[str, Tensor]:
        return {"mean": torch.zeros(()), "known": torch.zeros(())}

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        pair = pairs[0].pair
        y = context.draw.image_noise("path_length", *pair.fake.shape[1:]) / math.sqrt(pair.fake[0, 0].numel())
        (gradient,) = torch.autograd.grad((pair.fake.float() * y).sum(), pair.inputs["ws"], create_graph=True)
        # root of the mean over layers of the squared length in each; .norm has gradient 0 at 0
        lengths = (gradient.float() / math.sqrt(gradient.shape[1])).flatten(1).norm(dim=1)
        off = (lengths - context.memory["mean"]) * context.memory["known"]
        return TermResult(off.square(), {"mean": lengths.detach().mean()})

    def observe(self, state: dict[str, Tensor], observed: Mapping[str, Tensor]) -> None:
        state["mean"].copy_(
            torch.where(state["known"] > 0, state["mean"].lerp(observed["mean"], self.choice.decay), observed["mean"])
        )
        state["known"].fill_(1.0)
