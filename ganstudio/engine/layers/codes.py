"""Codes as a generator sees them and as a critic's head reads them; see inference/codes.py for where they are in z."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.inference.codes import Code


def spelled_out(z: Tensor, codes: Sequence[Code]) -> Tensor:
    """[N, z_dim] as `z`, but for its codes: a categorical one is 1 at its value and 0 elsewhere, a continuous one is
    in [-1, 1]. The codes stand one behind the other from the first number on.
    """
    parts, end = [], 0
    for code in codes:
        numbers, end = z[:, code.start : code.start + code.size], code.start + code.size
        if code.kind == "continuous":
            parts.append(uniform(numbers))
        else:
            largest = numbers.argmax(1, keepdim=True)
            parts.append((largest == torch.arange(code.size, device=z.device)).to(z.dtype))
    return torch.cat([*parts, z[:, end:]], 1)


def uniform(normal: Tensor) -> Tensor:
    """2 Phi(z) - 1, uniform in [-1, 1] where z is standard normal."""
    return torch.erf(normal / math.sqrt(2))


def room(codes: Sequence[Code]) -> int:
    """The numbers of z that codes take."""
    return max((code.start + code.size for code in codes), default=0)
