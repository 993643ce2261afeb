"""Averages of the generators' weights whose length grows with the training: what any length is put together from later.

Karras et al. 2024, arXiv:2312.02696, section 3.1. After t images such an average weighs the weights at image tau with
the profile p(tau) = (gamma + 1) / t * (tau / t)^gamma. Its length is told by the profile's standard deviation as a
share of t, `std`: 0.05 averages about the last tenth of a training, whatever that training's length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganstudio.recipe.allowed_values import EMA_STDS
from ganstudio.units import format_number

Weights = dict[str, dict[str, Tensor]]  # network -> parameter -> value


def std_of_gamma(gamma: float) -> float:
    """The standard deviation of tau / t: that of a Beta(gamma + 1, 1) distribution."""
    return math.sqrt(gamma + 1) / ((gamma + 2) * math.sqrt(gamma + 3))


def gamma_of_std(std: float) -> float:
    """The power whose profile has this std, in EMA_STDS.

    std^2 (gamma + 2)^2 (gamma + 3) = gamma + 1 is a cubic; below 1 / sqrt(12), which gamma = 0 gives, its largest root
    is the one that is positive. Raises ValueError outside EMA_STDS.
    """
    least, most = EMA_STDS
    if not least <= std <= most:
        raise ValueError(f"a std must be from {least:g} to {most:g}; got {format_number(std)}.")
    roots = np.roots([1.0, 7.0, 16.0 - std**-2, 12.0 - std**-2])
    return float(max(roots.real[np.abs(roots.imag) < 1e-6]))


class PowerAverages:
    """The averages of a training, one of each std; none costs nothing. Parameters only: buffers are no average's.

    Attributes:
        nimg: the images seen at the last update.
    """

    def __init__(self, stds: tuple[float, ...], generators: Mapping[str, nn.Module]) -> None:
        self.stds = stds
        self.gammas = [gamma_of_std(std) for std in stds]
        self.nimg = 0
        self.weights: list[Weights] = [
            {name: {key: p.detach().clone() for key, p in net.named_parameters()} for name, net in generators.items()}
            for _ in stds
        ]

    @torch.no_grad()
    def update(self, generators: Mapping[str, nn.Module], nimg: int) -> None:
        """Takes in the weights that the generators have after `nimg` images.

        They count for all images since the last update: (before / nimg)^(gamma + 1) of the average stays, which is the
        paper's beta = (1 - 1 / t)^(gamma + 1) with t in updates, and exact however many images an update takes.
        """
        for gamma, weights in zip(self.gammas, self.weights, strict=True):
            keep = (self.nimg / nimg) ** (gamma + 1)
            for name, net in generators.items():
                torch._foreach_lerp_(list(weights[name].values()), list(net.parameters()), 1.0 - keep)
        self.nimg = nimg

    def state_dict(self) -> dict[str, Any]:
        """Empty where there are none."""
        return {"nimg": self.nimg, "stds": list(self.stds), "weights": self.weights} if self.stds else {}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Any], generators: Mapping[str, nn.Module], nimg: int) -> list[str]:
        """Goes on from a checkpoint's averages, or begins with its generators where it has none of these stds.

        Those that begin count the generators' weights at `nimg` for all images before: all stds alike, so that what is
        put together of them later is right for those weights. A note says so.
        """
        same = list(state.get("stds", ())) == list(self.stds)
        for number, weights in enumerate(self.weights):
            for name, net in generators.items():
                theirs = state["weights"][number][name] if same else dict(net.named_parameters())
                for key, value in weights[name].items():
                    value.copy_(theirs[key])
        self.nimg = state["nimg"] if same and self.stds else nimg
        return (
            [] if same or not nimg else ["training.ema_stds: averages begin here, for the checkpoint has none of these"]
        )
