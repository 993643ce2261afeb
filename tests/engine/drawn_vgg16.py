"""A stand-in for VGG16's published weights, which no test has: the same shapes, drawn from a seed."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from ganstudio.engine.evaluation.imagenet.trunks import VGG16

LAST = 17  # the place of conv4_1, the deepest that pictures are encoded by


@lru_cache(maxsize=1)
def drawn_weights() -> dict[str, Tensor]:
    """Convolutions up to conv4_1, of a size that neither drowns a picture nor lets it vanish."""
    draw = torch.Generator().manual_seed(0)
    shapes = {name: shape for name, shape in VGG16.shapes().items() if int(name.split(".")[1]) <= LAST}
    return {
        name: torch.randn(shape, generator=draw) * ((2 / (9 * shape[1])) ** 0.5 if len(shape) == 4 else 0.1)
        for name, shape in shapes.items()
    }
