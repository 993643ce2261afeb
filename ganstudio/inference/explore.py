"""Points of a generator's latent space, and ways to others: turns along random directions, arcs, a grid around one.

A point knows what its latent was made of. So a step back is exact, whatever came between, and a saved picture can tell
where it comes from.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.codes import Code
    from ganstudio.inference.manifest import ExportManifest

Along = int | tuple[str, ...]  # the number of a pair of random directions, or the names of one or two

STEP = 0.1  # radians that one step turns a latent by
FRAMES = 21  # from one slot to the other, both with it
STRIDE = 3  # steps from one point of a grid to the next
STRENGTH_STEP = 0.2  # that one step along a direction with a name adds to its strength
MOST_STRENGTH = 10.0
CENTRES = (1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 100)  # of truncation, that keys step through
LEAST_PSI, MOST_PSI = 0.0, 1.5
# Normal latents of few dimensions lie everywhere, not about one norm: turning alone would leave out most of them.
_SHELL = 8
# Half of a direction's seed: RandomState((pair, _APART)) is neither a seed's stream nor one of its noise. With
# RandomState(pair) the first direction of pair 1 would be the latent of seed 1, along which that seed cannot turn.
_APART = 2**32 - 1
_LONGEST = 100  # characters of a point's origin in that of another


@dataclass(frozen=True)
class Point:
    """What one picture is drawn from. latent/point_model.py draws it.

    Attributes:
        base: float32 numbers: the latent of `seed`, or what `origin` tells; ws one after the other where `layers` is
            how many there are, which is 0 for z.
        seed: what noise inputs are drawn from, wherever the point goes, unless `noise_seed` is another.
        label: a class's index; None for a model without classes.
        moves: steps from `base`, as (pair, axis, steps); in order, none of them 0.
        origin: how `base` was made, "" where it is the seed's own.
        codes: values that codes within z have wherever it goes, in the order of their places.
        strengths: of directions with names, by name, none of them 0.
        cutoff: the layer from which on ws are not truncated; None where all are.
        centres: how many there are that ws are truncated towards, each towards the nearest.
        fade: of styles, the class that they go towards, and how far, in (0, 1].
        styles: layers (first, stop) of ws that are another point's, as that one is shown.
    """

    base: tuple[float, ...]
    seed: int
    label: int | None = None
    psi: float = 1.0
    moves: tuple[tuple[int, int, int], ...] = ()
    origin: str = ""
    codes: tuple[tuple[Code, float], ...] = ()
    layers: int = 0
    strengths: tuple[tuple[str, float], ...] = ()
    cutoff: int | None = None
    centres: int = 1
    noise_seed: int | None = None
    fade: tuple[int, float] | None = None
    styles: tuple[tuple[int, int, Point], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the seed alone says which latent it is, and which noise."""
        return self.of_seed and not (self.codes or self.strengths or self.mixed) and self.noise_seed is None

    @property
    def of_seed(self) -> bool:
        """Whether the latent is the seed's own but for its codes, and for what is done to it as ws."""
        return not self.moves and not self.origin

    @property
    def mixed(self) -> bool:
        """Whether its ws are of several classes or several points."""
        return self.fade is not None or bool(self.styles)

    @property
    def noise(self) -> int:
        """The seed that noise inputs are drawn from."""
        return self.seed if self.noise_seed is None else self.noise_seed

    @property
    def origin_text(self) -> str:
        """Where the latent comes from: `42`, `42 pair 1 +3 -2` in steps, `42 thickness=+1.2`, `slerp(42, 43, 0.4)`."""
        codes = "".join(f" {code.name}={value:g}" for code, value in self.codes)
        strengths = "".join(f" {name}={strength:+g}" for name, strength in self.strengths)
        fade = "" if self.fade is None else f" class +{self.fade[1]:g} to {self.fade[0]}"
        styles = "".join(f" layers {layers_text(first, stop)} of {_end_name(of)}" for first, stop, of in self.styles)
        noise = "" if self.noise_seed is None else f" noise {self.noise_seed}"
        return (self.origin or str(self.seed)) + self.way + codes + strengths + fade + styles + noise

    @property
    def way(self) -> str:
        """The moves: ` pair 1 +3 -2`; "" where there are none."""
        pairs = sorted({pair for pair, _, _ in self.moves})
        return "".join(f" pair {pair} {self.steps(pair, 0):+d} {self.steps(pair, 1):+d}" for pair in pairs)

    def steps(self, pair: int, axis: int) -> int:
        """How far it has gone along a direction."""
        return next((steps for *direction, steps in self.moves if direction == [pair, axis]), 0)

    def strength(self, name: str) -> float:
        """How far it has gone along a direction with a name."""
        return next((strength for known, strength in self.strengths if known == name), 0.0)

    def latent(self) -> NDArray[np.float32]:
        """float32 [z_dim]: `base`, moved, with its codes; of ws [layers * size], moved."""
        from ganstudio.inference.codes import with_value

        z = self._moved()[None]
        for code, value in self.codes:
            z = with_value(z, code, value)
        return z.reshape(-1)

    def _moved(self) -> NDArray[np.float32]:
        """The moves turn `base` and leave its norm: the exponential map of the sphere it lies on. Ws go straight."""
        import numpy as np

        base = np.array(self.base, np.float32)
        if not self.moves:
            return base
        wide = base.astype(np.float64)
        size = len(base) // self.layers if self.layers else len(base)
        offset = sum((STEP * steps * directions(pair, size)[axis] for pair, axis, steps in self.moves), np.zeros(size))
        if self.layers:
            ws = wide.reshape(self.layers, size)
            straight: NDArray[np.float64] = ws + np.linalg.norm(ws, axis=1, keepdims=True) * offset
            return straight.astype(np.float32).reshape(-1)
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


def layers_text(first: int, stop: int) -> str:
    """`2` or `0-3`, as --layers takes them."""
    return str(first) if stop == first + 1 else f"{first}-{stop - 1}"


Way = tuple[Point, ...]


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


def with_strength(point: Point, name: str, strength: float) -> Point:
    """`point` at another strength along a direction with a name."""
    rounded = round(min(MOST_STRENGTH, max(-MOST_STRENGTH, strength)), 4)
    others = [pair for pair in point.strengths if pair[0] != name]
    return replace(point, strengths=tuple(sorted([*others, (name, rounded)] if rounded else others)))


def step_along(point: Point, along: Along, axis: int, steps: int) -> Point:
    """`point`, some steps further along one of a pair of random directions, or of those with these names."""
    if isinstance(along, int):
        return step_point(point, along, axis, steps)
    if axis >= len(along):
        return point
    return with_strength(point, along[axis], point.strength(along[axis]) + STRENGTH_STEP * steps)


def arc(a: Point, b: Point, count: int = FRAMES, settle: Callable[[Point], Point] = lambda point: point) -> Way:
    """`count` points from a to b, the ends as they are: along the arc in z, straight in w.

    Noise stays a's, the class is the nearer end's. Ends that have ws, or styles of several, are settled first: see
    latent/point_model.py.
    """
    import numpy as np

    from ganstudio.inference.walk import lerp, slerp

    straight = any(end.layers or end.mixed for end in (a, b))
    start, end = (settle(a), settle(b)) if straight else (a, b)
    first, last = (point.latent().astype(np.float64)[None] for point in (start, end))
    word, between = ("lerp", lerp) if straight else ("slerp", slerp)
    names = sorted({name for point in (start, end) for name, _ in point.strengths})
    inner = []
    for place in range(1, count - 1):
        share = place / (count - 1)
        near = start if share < 0.5 else end
        base = between(first, last, np.array([[share]]))[0].astype(np.float32)
        point = Point(
            tuple(base.tolist()),
            a.seed,
            near.label,
            round(start.psi + share * (end.psi - start.psi), 4),
            origin=f"{word}({_end_name(a)}, {_end_name(b)}, {share:.6g})",
            layers=start.layers,
            cutoff=near.cutoff,
            centres=near.centres,
            noise_seed=a.noise_seed,
        )
        for name in names:
            low, high = start.strength(name), end.strength(name)
            point = with_strength(point, name, low + share * (high - low))
        inner.append(point)
    return (a, *inner, b)


def _end_name(point: Point) -> str:
    """Where an end comes from; of an arc of arcs, whose words would double with each, the hash of its latent."""
    return (
        point.origin_text
        if len(point.origin_text) <= _LONGEST
        else f"latent {zlib.crc32(point.latent().tobytes()):08x}"
    )


def grid_around(point: Point, along: Along, side: int, stride: int = STRIDE) -> Way:
    """A square of points about `point`, row by row: the first direction to the right, the second upwards."""
    reach = side // 2
    places = [(stride * x, -stride * y) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    return tuple(step_along(step_along(point, along, 0, x), along, 1, y) for x, y in places)


def with_psi(point: Point, change: float) -> Point:
    """Another truncation, within what makes pictures."""
    return replace(point, psi=round(min(MOST_PSI, max(LEAST_PSI, point.psi + change)), 4))


def with_centres(point: Point, steps: int) -> Point:
    """`point` truncated towards the next of CENTRES, or the one before."""
    place = max(place for place, count in enumerate(CENTRES) if count <= point.centres)
    return replace(point, centres=CENTRES[min(max(0, place + steps), len(CENTRES) - 1)])


def with_code(point: Point, code: Code, value: float) -> Point:
    """`point` with a value for one of its model's codes."""
    others = [pair for pair in point.codes if pair[0] != code]
    return replace(point, codes=tuple(sorted([*others, (code, value)], key=lambda pair: pair[0].start)))


def at_new_seed(point: Point, seed: int, z_dim: int) -> Point:
    """The latent of another seed, and all else as it was."""
    fresh = at_seed(seed, z_dim)
    return replace(point, base=fresh.base, seed=seed, moves=(), origin="", layers=0)


def with_fade(point: Point, label: int, share: float) -> Point:
    """`point`, so far on the way to another class; at 0 it is of its own alone."""
    kept = round(min(1.0, max(0.0, share)), 4)
    return replace(point, fade=(label, kept) if kept else None)


def for_model(point: Point | None, manifest: ExportManifest, seed: int = 0) -> Point:
    """`point` for another model: its latent where the sizes agree, else its seed's, or that of `seed`.

    What is done to latents as ws, and along directions with names, is of the old model alone.
    """
    assert manifest.z_dim is not None
    old_label = point.label if point and point.label is not None else 0
    label = min(old_label, len(manifest.classes) - 1) if manifest.classes else None
    psi = point.psi if point and manifest.has_psi else 1.0
    if point is None or point.layers or len(point.base) != manifest.z_dim:
        return at_seed(point.seed if point else seed, manifest.z_dim, label, psi)
    codes = tuple(pair for pair in point.codes if pair[0] in manifest.codes)
    return Point(point.base, point.seed, label, psi, point.moves, point.origin, codes, noise_seed=point.noise_seed)
