"""Generators of a few layers whose graphs are small enough to be looked through."""

from __future__ import annotations

import torch
from torch import nn


class Flat(nn.Module):
    """Calls `net` with latents as images of one pixel."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.net(z[:, :, None, None])


class Grown(nn.Module):
    """Calls `net` with latents as images of `size` pixels a side, each pixel of them a little apart."""

    def __init__(self, net: nn.Module, size: int) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("places", torch.linspace(0.5, 1.5, size * size).reshape(1, 1, size, size))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.net(z[:, :, None, None] * self.places)
