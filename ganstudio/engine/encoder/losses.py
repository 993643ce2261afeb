"""How near a drawn picture is to the one that was meant: by its pixels and, in colour, as a network sees both.

The network is LPIPS over VGG16: scores of projections are made by AlexNet's, which is never minimized.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganstudio import weights
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.evaluation.perceptual import lpips_at

PERCEPTUAL = "lpips-vgg16"
PERCEPTUAL_WEIGHT = 0.5
SEEN = 4  # pictures of a batch that the network looks at: it takes longer than all else


class Likeness:
    """Squared differences of pixels, and the perceptual distance where it can be had; `says` which it is, and why."""

    def __init__(self, shape: tuple[int, int, int], device: torch.device) -> None:
        channels, height, width = shape
        self.lpips: Lpips | None = None
        self.says = "pixels alone: the pictures are grey"
        if channels == 4:
            self.says = "pixels alone: the pictures have transparency"
        elif channels == 3 and weights.locate(weights.find(PERCEPTUAL)) is None:
            self.says = f"pixels alone: {PERCEPTUAL} is not here (ganstudio weights fetch {PERCEPTUAL})"
        elif channels == 3:
            self.lpips = lpips_at("vgg16", min(height, width), device)
            self.says = f"pixels and {PERCEPTUAL}"

    def pixels(self, drawn: Tensor, meant: Tensor) -> Tensor:
        """Mean squared difference of each pair, [N]."""
        return (drawn - meant).square().flatten(1).mean(1)

    def of_each(self, drawn: Tensor, meant: Tensor) -> Tensor:
        """What is minimized of each pair, [N]."""
        loss = self.pixels(drawn, meant)
        return loss if self.lpips is None else loss + PERCEPTUAL_WEIGHT * self.lpips(drawn, meant)

    def __call__(self, drawn: Tensor, meant: Tensor, seen: int | None = None) -> Tensor:
        """What is minimized, a mean over pairs; the network sees the first `seen` of them."""
        loss = self.pixels(drawn, meant).mean()
        if self.lpips is None:
            return loss
        return loss + PERCEPTUAL_WEIGHT * self.lpips(drawn[:seen], meant[:seen]).mean()
