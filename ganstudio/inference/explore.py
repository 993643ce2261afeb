"""Points of a generator's latent space, and ways to others: turns along random directions, arcs, a grid around one.

A point knows what its latent was made of. So a step back is exact, whatever came between, and a saved picture can tell
where it comes from.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.codes import Code
    from ganstudio.inference.manifest import ExportManifest
    from ganstudio.inference.model import OnnxModel

STEP = 0.1  # radians that one step turns a latent by
FRAMES = 21  # from one slot to the other, both with it
STRIDE = 3  # steps from one point of a grid to the next
LEAST_PSI, MOST_PSI = 0.0, 1.5
# Normal latents of few dimensions lie everywhere, not about one norm: turning alone would leave out most of them.
_SHELL = 8
# Half of a direction's seed: RandomState((pair, _APART)) is neither a seed's stream nor one of its noise. With
# RandomState(pair) the first direction of pair 1 would be the latent of seed 1, along which that seed cannot turn.
_APART = 2**32 - 1
_LONGEST = 100  # characters of a point's origin in that of another


@dataclass(frozen=True)
class Point:
    """What one picture is drawn from.

    Attributes:
        base: float32 numbers: the latent of `seed`, or what `origin` tells.
        seed: what noise inputs are drawn from, wherever the point goes.
        label: a class's index; None for a model without classes.
        moves: steps from `base`, as (pair, axis, steps); in order, none of them 0.
        origin: how `base` was made, "" where it is the seed's own.
        codes: values that codes within z have wherever it goes, in the order of their places.
    """

    base: tuple[float, ...]
    seed: int
    label: int | None = None
    psi: float = 1.0
    moves: tuple[tuple[int, int, int], ...] = ()
    origin: str = ""
    codes: tuple[tuple[Code, float], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the seed alone says which latent it is."""
        return self.of_seed and not self.codes

    @property
    def of_seed(self) -> bool:
        """Whether the latent is the seed's own but for its codes."""
        return not self.moves and not self.origin

    @property
    def origin_text(self) -> str:
        """Where the latent comes from: `42`, `42 pair 1 +3 -2` in steps, `42 category_1=7`, `slerp(42, 43, 0.4)`."""
        codes = "".join(f" {code.name}={value:g}" for code, value in self.codes)
        return (self.origin or str(self.seed)) + self.way + codes

    @property
    def way(self) -> str:
        """The moves: ` pair 1 +3 -2`; "" where there are none."""
        pairs = sorted({pair for pair, _, _ in self.moves})
        return "".join(f" pair {pair} {self.steps(pair, 0):+d} {self.steps(pair, 1):+d}" for pair in pairs)

    def steps(self, pair: int, axis: int) -> int:
        """How far it has gone along a direction."""
        return next((steps for *direction, steps in self.moves if direction == [pair, axis]), 0)

    def latent(self) -> NDArray[np.float32]:
        """float32 [z_dim]: `base`, moved, with its codes."""
        from ganstudio.inference.codes import with_value

        z = self._moved()[None]
        for code, value in self.codes:
            z = with_value(z, code, value)
        return z.reshape(-1)

    def _moved(self) -> NDArray[np.float32]:
        """The moves turn `base` and leave its norm: the exponential map of the sphere it lies on."""
        import numpy as np

        base = np.array(self.base, np.float32)
        if not self.moves:
            return base
        wide = base.astype(np.float64)
        offset = sum((STEP * steps * directions(pair, len(base))[axis] for pair, axis, steps in self.moves), 0 * wide)
        norm = np.linalg.norm(wide)
        if len(base) < _SHELL or norm == 0:
            moved: NDArray[np.float64] = wide + math.sqrt(len(base)) * offset
            return moved.astype(np.float32)
        unit = wide / norm
        offset -= (offset @ unit) * unit
        angle = np.linalg.norm(offset)
        if angle == 0:
            return base
        turned: NDArray[np.float64] = norm * (np.cos(angle) * unit + np.sin(angle) * offset / angle)
        return turned.astype(np.float32)


@lru_cache(maxsize=256)
def directions(pair: int, z_dim: int) -> NDArray[np.float64]:
    """Two directions [2, z_dim], orthonormal where there is room for two, the same on any machine."""
    import numpy as np

    first, second = np.random.RandomState((pair, _APART)).randn(2, z_dim)
    first = first / np.linalg.norm(first)
    if z_dim > 1:
        second = second - (second @ first) * first
    return np.stack([first, second / np.linalg.norm(second)])


def at_seed(seed: int, z_dim: int, label: int | None = None, psi: float = 1.0) -> Point:
    """The point that `ganstudio sample --seed` draws."""
    from ganstudio.inference.latents import latents

    return Point(tuple(latents([seed], z_dim)[0].tolist()), seed, label, psi)


def step_point(point: Point, pair: int, axis: int, steps: int) -> Point:
    """`point`, `steps` further along one direction of a pair."""
    moves = {(at, along): count for at, along, count in point.moves}
    moves[pair, axis] = moves.get((pair, axis), 0) + steps
    return replace(point, moves=tuple(sorted((*direction, count) for direction, count in moves.items() if count)))


def arc(a: Point, b: Point, count: int = FRAMES) -> tuple[Point, ...]:
    """`count` points on the arc from a to b, the ends as they are. Noise stays a's, the class is the nearer end's."""
    import numpy as np

    from ganstudio.inference.walk import slerp

    first, last = (point.latent().astype(np.float64)[None] for point in (a, b))
    inner = []
    for place in range(1, count - 1):
        share = place / (count - 1)
        base = slerp(first, last, np.array([[share]]))[0].astype(np.float32)
        label, psi = (a if share < 0.5 else b).label, round(a.psi + share * (b.psi - a.psi), 4)
        inner.append(
            Point(tuple(base.tolist()), a.seed, label, psi, (), f"slerp({_end_name(a)}, {_end_name(b)}, {share:.6g})")
        )
    return (a, *inner, b)


def _end_name(point: Point) -> str:
    """Where an end comes from; of an arc of arcs, whose words would double with each, the hash of its latent."""
    return (
        point.origin_text
        if len(point.origin_text) <= _LONGEST
        else f"latent {zlib.crc32(point.latent().tobytes()):08x}"
    )


def grid_around(point: Point, pair: int, side: int, stride: int = STRIDE) -> tuple[Point, ...]:
    """A square of points about `point`, row by row: the first direction to the right, the second upwards."""
    reach = side // 2
    places = [(stride * x, -stride * y) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    return tuple(step_point(step_point(point, pair, 0, x), pair, 1, y) for x, y in places)


def with_psi(point: Point, change: float) -> Point:
    """Another truncation, within what makes pictures."""
    return replace(point, psi=round(min(MOST_PSI, max(LEAST_PSI, point.psi + change)), 4))


def with_code(point: Point, code: Code, value: float) -> Point:
    """`point` with a value for one of its model's codes."""
    others = [pair for pair in point.codes if pair[0] != code]
    return replace(point, codes=tuple(sorted([*others, (code, value)], key=lambda pair: pair[0].start)))


def for_model(point: Point | None, manifest: ExportManifest, seed: int = 0) -> Point:
    """`point` for another model: its latent where the sizes agree, else its seed's, or that of `seed`."""
    assert manifest.z_dim is not None
    old_label = point.label if point and point.label is not None else 0
    label = min(old_label, len(manifest.classes) - 1) if manifest.classes else None
    psi = point.psi if point and manifest.has_psi else 1.0
    if point is None or len(point.base) != manifest.z_dim:
        return at_seed(point.seed if point else seed, manifest.z_dim, label, psi)
    codes = tuple(pair for pair in point.codes if pair[0] in manifest.codes)
    return replace(point, label=label, psi=psi, codes=codes)


def pictures(model: OnnxModel, points: Sequence[Point]) -> list[NDArray[np.uint8]]:
    """The picture of each point, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C]. One psi, one call."""
    import numpy as np

    from ganstudio.inference.pixels import to_pixels

    pixels: list[NDArray[np.uint8]] = []
    for psi, group in groupby(points, key=lambda point: point.psi):
        some = list(group)
        labels = [point.label or 0 for point in some] if model.classes else None
        latents = np.stack([point.latent() for point in some])
        images = model.generate(latents, labels, psi=psi, seeds=[point.seed for point in some])
        pixels.extend(to_pixels(images))
    return pixels
