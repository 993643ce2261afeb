"""Where arithmetic must stay as exact as its operands, whatever a training's precision is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def without_autocast(x: Tensor) -> AbstractContextManager[None]:
    """On the device of `x`, operators keep the types that they are given. An export, in fp32, sees no context."""
    device = x.device.type
    if not torch.is_autocast_enabled(device):
        return nullcontext()
    return torch.autocast(device, enabled=False)
