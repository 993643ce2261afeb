"""Objectives: what a critic's logits cost each side. One file each, with `discriminator` and `generator`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.engine.terms.objectives import (
    hinge,
    least_squares,
    minimax,
    non_saturating,
    relativistic,
    relativistic_average,
    wasserstein,
)
from ganstudio.recipe import schema
from ganstudio.recipe.numbers import Number


def needs_real(choice: schema.Objective) -> bool:
    """Does the generator's loss look at the critic's answer to real images?"""
    return isinstance(choice, schema.Relativistic | schema.RelativisticAverage)


@dataclass(frozen=True)
class Objective:
    """The two losses that a recipe chose, over one scale of logits [N, ...]; both return [N]."""

    choice: schema.Objective
    value: Callable[[Number], float]  # of a number of the recipe, now

    @property
    def probabilistic(self) -> bool:
        """Is the sigmoid of a logit the critic's belief that an image is real?"""
        return isinstance(self.choice, schema.NonSaturating | schema.Minimax)

    @property
    def threshold(self) -> float | None:
        """The logit above which the critic takes an image for real; None where only differences of logits count."""
        match self.choice:
            case schema.NonSaturating() | schema.Minimax() | schema.Hinge():
                return 0.0
            case schema.LeastSquares():
                return (self.value(self.choice.real_label) + self.value(self.choice.fake_label)) / 2
            case _:
                return None

    def discriminator(self, real: Tensor, fake: Tensor, draw: Draw) -> Tensor:
        match self.choice:
            case schema.NonSaturating() | schema.Minimax():
                loss = non_saturating.discriminator(real, fake, *self._targets(self.choice, real, draw))
            case schema.LeastSquares():
                loss = least_squares.discriminator(real, fake, *self._targets(self.choice, real, draw))
            case schema.Hinge():
                loss = hinge.discriminator(real, fake)
            case schema.Wasserstein():
                loss = wasserstein.discriminator(real, fake)
            case schema.Relativistic():
                loss = relativistic.discriminator(real, fake)
            case schema.RelativisticAverage():
                loss = relativistic_average.discriminator(real, fake)
            case unreachable:
                assert_never(unreachable)
        return loss.reshape(len(loss), -1).mean(1)

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        match self.choice:
            case schema.NonSaturating():
                loss = non_saturating.generator(fake, real)
            case schema.Minimax():
                loss = minimax.generator(fake, real)
            case schema.LeastSquares():
                loss = least_squares.generator(fake, real)
            case schema.Hinge():
                loss = hinge.generator(fake, real)
            case schema.Wasserstein():
                loss = wasserstein.generator(fake, real)
            case schema.Relativistic():
                loss = relativistic.generator(fake, real)
            case schema.RelativisticAverage():
                loss = relativistic_average.generator(fake, real)
            case unreachable:
                assert_never(unreachable)
        return loss.reshape(len(loss), -1).mean(1)

    def _targets(self, labels: schema.LabelTargets, logits: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
        """Targets for real and fake logits, [N, 1, ...]; a flipped sample has the two swapped (both sides at once)."""
        shape = (len(logits),) + (1,) * (logits.ndim - 1)
        real = torch.full(shape, self.value(labels.real_label), device=logits.device)
        fake = torch.full(shape, self.value(labels.fake_label), device=logits.device)
        flip = self.value(labels.flip)
        if flip == 0.0:
            return real, fake
        flipped = (draw.uniform("label_flip") < flip).view(shape)
        return torch.where(flipped, fake, real), torch.where(flipped, real, fake)
