"""Every random draw is a pure function of (seed, purpose, step), made for the whole batch and then sliced.

So a run resumed, split into micro-batches or spread over processes draws the same numbers, and looking (previews,
scores, probes) never changes training: it draws under purposes of its own. What networks draw for themselves, dropout
above all, comes from torch's global generators: each update reseeds them from (seed, side, update, rank), see `reseed`,
so that nothing drawn in between matters and no checkpoint holds a generator's state.

Small draws come from a CPU generator, the same on every machine. Image-sized ones (`Draw.image_noise`) are made on the
device, where another kind of device draws others. docs/decisions/0023 has the reasons.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

BLOCK_VALUES = 2**20  # of image noise that are drawn at once


def generator(seed: int | str, purpose: str, step: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator for one draw; on the CPU the same on every machine. A data set's fingerprint may be the seed."""
    return torch.Generator(device).manual_seed(_key(seed, purpose, step))


def reseed(device: torch.device, seed: int, purpose: str, step: int) -> None:
    """Puts torch's global generators, of the CPU and of `device`, where (seed, purpose, step) says.

    An update calls this once, before its first micro-batch: the micro-batches go on in one stream, so that each has a
    dropout mask of its own, as the rows of a whole batch have, though not the one that they would have had there. The
    purpose names the process too: its rows are others, and so are its masks.
    """
    key = _key(seed, purpose, step)
    torch.default_generator.manual_seed(key)  # not torch.manual_seed: it spends a stack trace where CUDA is not begun
    match device.type:
        case "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(key)
        case "mps":
            torch.mps.manual_seed(key)


def _key(seed: int | str, purpose: str, step: int) -> int:
    key = hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()
    return int.from_bytes(key, "little", signed=True)


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

    def image_noise(self, purpose: str, *shape: int) -> Tensor:
        """Standard normal, [N, *shape], drawn on the device: for what is as large as an image.

        Rows come in blocks, as many as BLOCK_VALUES hold, each with a generator of its own. Which block a row is in
        follows from the shape alone, so micro-batches and processes agree on it and draw little beside their own rows.
        """
        each = max(BLOCK_VALUES // math.prod(shape), 1)
        first, last = self.rows.start // each, -(-self.rows.stop // each)
        blocks = [
            torch.randn(
                *(min(each, self.total - block * each), *shape),
                generator=generator(self.seed, f"{self.scope}/{purpose}/{block}", self.step, self.device),
                device=self.device,
            )
            for block in range(first, last)
        ]
        start = self.rows.start - first * each
        return torch.cat(blocks)[start : start + self.rows.stop - self.rows.start]

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
