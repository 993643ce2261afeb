"""Small pictures made of large ones, for networks that learn the way back."""

from __future__ import annotations

from typing import assert_never

from torch import Tensor

from ganstudio.engine.degradation.bicubic import reduced
from ganstudio.engine.degradation.real import degraded
from ganstudio.engine.draws import Draw
from ganstudio.recipe.task_choices import SuperresTask


def small_pictures(images: Tensor, task: SuperresTask, draw: Draw) -> Tensor:
    """Pictures [N, C, H / scale, W / scale] of `images` [N, C, H, W], both in [-1, 1], in steps of 8-bit values."""
    match task.degradation:
        case "bicubic":
            return reduced(images, task.scale)
        case "real":
            return degraded(images, task, draw)
        case unreachable:
            assert_never(unreachable)
