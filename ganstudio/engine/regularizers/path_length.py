"""Path-length regularization, Karras et al. 2020 (arXiv:1912.04958, eq. 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ganstudio.engine.contract import Side
from ganstudio.engine.regularizers.penalty import Evidence, Need, Penalty
from ganstudio.recipe import schema


@dataclass(frozen=True)
class PathLength:
    """weight (|J_w^T y| - a)^2 with y Gaussian image noise and a the running mean of lengths.

    The mean that a penalty compares with is the one before this update, where the reference code mixes in the batch at
    hand: so a batch split into micro-batches or over processes gives the same penalty as a whole one.
    """

    choice: schema.PathLength
    name: ClassVar = "path_length"
    side: ClassVar[Side] = "g"
    needs: ClassVar[frozenset[Need]] = frozenset({"latents"})

    @property
    def every(self) -> int:
        return self.choice.every

    def initial_state(self) -> dict[str, Tensor]:
        return {"mean": torch.zeros(())}

    def __call__(self, evidence: Evidence) -> Penalty:
        pair = evidence.judged.pair
        y = evidence.draw.image_noise("path_length", *pair.fake.shape[1:]) / math.sqrt(pair.fake[0, 0].numel())
        (gradient,) = torch.autograd.grad((pair.fake.float() * y).sum(), pair.latents, create_graph=True)
        # root of the mean over layers of the squared length in each; .norm has gradient 0 at 0
        lengths = (gradient.float() / math.sqrt(gradient.shape[1])).flatten(1).norm(dim=1)
        return Penalty(
            self.choice.weight * (lengths - evidence.state["mean"]).square(), {"mean": lengths.detach().mean()}
        )

    def observe(self, state: dict[str, Tensor], observed: dict[str, Tensor]) -> None:
        state["mean"].lerp_(observed["mean"], self.choice.decay)
