"""Walks through latent space, from seed to seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.editing import check_ws
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import to_pixels

PATHS = ("slerp", "lerp")
_PARALLEL = 1e-4  # sine of the angle between two latents, below which no great circle is told by them


@dataclass(frozen=True)
class Walk:
    """A way from seed to seed, `steps` frames from each to the next; a loop leads back to the first.

    `z` [seeds, z_dim] are latents that take the place of the seeds' own, and `origins` where each comes from. `ws`
    [seeds, layers, size], of a generator with styles, do so too; between them it goes straight.

    An open walk ends on its last seed, with (seeds - 1) * steps + 1 frames; a loop has seeds * steps and ends one step
    before its beginning, so that it repeats without a halt. Frame k * steps is seed number k.
    """

    seeds: tuple[int, ...]
    steps: int
    loop: bool = False
    path: str = "slerp"
    z: NDArray[np.float32] | None = field(default=None, compare=False)
    origins: tuple[str, ...] = ()
    ws: NDArray[np.float32] | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.seeds) * self.steps if self.loop else (len(self.seeds) - 1) * self.steps + 1

    def between(self, frame: int) -> tuple[int, int, float]:
        """The places of the seeds that a frame lies between, and how far it is from one to the other, in [0, 1)."""
        leg, step = divmod(frame, self.steps)
        return leg, (leg + 1) % len(self.seeds), step / self.steps

    def name(self, place: int) -> str:
        """What the latent at a place is called: its origin, or its seed."""
        return (self.origins[place] if self.origins else "") or str(self.seeds[place])

    def latents(self, start: int, count: int, z_dim: int) -> NDArray[np.float32]:
        """Those of `count` frames from `start` on, float32 [count, z_dim]."""
        froms, tos, shares = zip(*map(self.between, range(start, start + count)), strict=True)
        a, b = (self._ends(places, z_dim).astype(np.float64) for places in (froms, tos))
        path = slerp if self.path == "slerp" else lerp
        return path(a, b, np.array(shares)[:, None]).astype(np.float32)

    def styles(self, start: int, count: int) -> NDArray[np.float32]:
        """The ws of `count` frames from `start` on, float32 [count, layers, size]."""
        assert self.ws is not None
        froms, tos, shares = (list(one) for one in zip(*map(self.between, range(start, start + count)), strict=True))
        wide = self.ws.astype(np.float64)
        return lerp(wide[froms], wide[tos], np.array(shares)[:, None, None]).astype(np.float32)

    def _ends(self, places: Sequence[int], z_dim: int) -> NDArray[np.float32]:
        """The latents at some places, [N, z_dim]."""
        return latents([self.seeds[place] for place in places], z_dim) if self.z is None else self.z[list(places)]


def lerp(a: NDArray[np.float64], b: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The straight line from `a` to `b`, [N, ...], at `t` [N, 1, ...]; between normal z it dips to norms never seen."""
    way: NDArray[np.float64] = (1 - t) * a + t * b
    return way


def slerp(a: NDArray[np.float64], b: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The great circle from `a` to `b`, [N, D], at `t` [N, 1]. White 2016, arXiv:1609.04468, section 2.1.

    There both ends have one norm. Normal latents do not: here the direction follows the circle, and the norm goes
    straight from one to the other. Parallel ends, as all of one dimension are, have no circle and are lerped.
    """
    norm_a, norm_b = (np.linalg.norm(one, axis=1, keepdims=True) for one in (a, b))
    unit_a, unit_b = (one / np.where(norm == 0, 1, norm) for one, norm in ((a, norm_a), (b, norm_b)))
    angle = np.arccos(np.clip((unit_a * unit_b).sum(1, keepdims=True), -1, 1))
    straight = (np.sin(angle) < _PARALLEL) | (norm_a * norm_b == 0)
    sine = np.where(straight, 1, np.sin(angle))
    circle = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / sine
    return np.where(straight, lerp(a, b, t), circle * lerp(norm_a, norm_b, t))


def frames(model: OnnxModel, walk: Walk, label: int | None = None, psi: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """The frames of a walk in turn, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C].

    `label` is the class of all of them, for a conditional model and for no other. Noise inputs stay as the first seed
    draws them, so that what they add does not flicker. One batch is held at a time.
    """
    halves = None if walk.ws is None else LatentModel.of(model)
    if halves is not None and walk.ws is not None:
        check_ws(halves, walk.ws, "--latent: the file")
    for start in range(0, len(walk), model.batch):
        count = min(model.batch, len(walk) - start)
        labels = None if label is None else [label] * count
        seeds = [walk.seeds[0]] * count
        if halves is None:
            images = model.generate(walk.latents(start, count, model.z_dim), labels, psi=psi, seeds=seeds)
        else:
            images = halves.images(walk.styles(start, count), seeds=seeds, psi=psi)
        yield from to_pixels(images)
