"""Every random draw is a pure function of (seed, purpose, step), made for the whole batch and then sliced.

So a run resumed, split into micro-batches or spread over processes draws the same numbers, and looking (previews,
scores) never changes training: it draws under purposes of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import torch
from torch import Tensor


def generator(seed: int, purpose: str, step: int) -> torch.Generator:
    """A CPU generator for one draw; the same on every machine."""
    key = hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(key, "little", signed=True))


@dataclass(frozen=True)
class Draw:
    """Draws of one step for `total` samples, of which this process and micro-batch own `rows`."""

    seed: int
    scope: str
    step: int
    total: int
    rows: slice
    device: torch.device

    def narrowed(self, rows: slice) -> Draw:
        """`rows` of these rows."""
        start = self.rows.start
        return replace(self, rows=slice(start + rows.start, start + rows.stop))

    def _generator(self, purpose: str) -> torch.Generator:
        return generator(self.seed, f"{self.scope}/{purpose}", self.step)

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Standard normal, [N, *shape]."""
        return self._mine(torch.randn(self.total, *shape, generator=self._generator(purpose)))

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        """Uniform in [0, 1), [N, *shape]."""
        return self._mine(torch.rand(self.total, *shape, generator=self._generator(purpose)))

    def integers(self, purpose: str, high: int) -> Tensor:
        """Uniform in 0 .. high-1, [N] int64."""
        return self._mine(torch.randint(high, (self.total,), generator=self._generator(purpose)))

    def classes(self, purpose: str, counts: tuple[int, ...]) -> Tensor:
        """Classes as often as the data has them, [N] int64."""
        weights = torch.tensor(counts, dtype=torch.float64)
        return self._mine(torch.multinomial(weights, self.total, replacement=True, generator=self._generator(purpose)))

    def _mine(self, drawn: Tensor) -> Tensor:
        return drawn[self.rows].to(self.device, non_blocking=True)


def per_sample(values: Tensor, images: Tensor) -> Tensor:
    """Drawn `values` [N], shaped to be broadcast over `images` [N, C, *size]."""
    return values.view(-1, *(1,) * (images.dim() - 1))
