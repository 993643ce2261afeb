"""Truncation in w: latents move towards a centre, so that pictures become plainer. In some layers, or in all.

The centre is the mean of ws (Karras et al. 2019, arXiv:1812.04948, appendix B), or the nearest of several, K means of
ws, for data that has no middle (Mokady et al. 2022, arXiv:2202.12211, who tell the nearest by pictures, not by ws).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latents import latents

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

MOST_CENTRES = 100
SAMPLES = 4000  # ws that centres are the means of: those of seeds 0, 1, 2, ..., classes in turn
_ROUNDS = 50  # of k-means at most


@dataclass(frozen=True)
class Truncation:
    """How latents are truncated: 1 is not at all. Layers from `cutoff` on stay; `centres` is how many there are."""

    psi: float = 1.0
    cutoff: int | None = None
    centres: int = 1

    @property
    def in_w(self) -> bool:
        """Whether it is more than an export's input psi can do, and needs its halves."""
        return self.cutoff is not None or self.centres != 1

    def words(self) -> dict[str, str]:
        """What a picture's metadata say of it besides psi."""
        cutoff = {} if self.cutoff is None else {"Cutoff": str(self.cutoff)}
        return cutoff | ({} if self.centres == 1 else {"Centres": str(self.centres)})

    def check(self, model: LatentModel) -> None:
        """Raises UsageError for a cutoff or centres that the model cannot have, or that change nothing."""
        for flag, given in (("--cutoff", self.cutoff is not None), ("--centres", self.centres != 1)):
            if given:
                check_styles(model, flag)
                if self.psi == 1:
                    raise UsageError(f"{flag}: changes nothing without a truncation.", "--psi 0.7")
        if self.cutoff is not None and not 1 <= self.cutoff <= model.layers:
            name = model.whole.path.stem
            raise UsageError(f"--cutoff: from 1 to {model.layers}, the layers of {name}; got {self.cutoff}.")
        if not 1 <= self.centres <= MOST_CENTRES:
            raise UsageError(f"--centres: from 1 to {MOST_CENTRES}; got {self.centres}.")

    def of(self, model: LatentModel) -> Callable[[Floats], Floats]:
        """A function that truncates latents [N, layers, size] of a model with styles."""
        if self.psi == 1:
            return lambda latents: latents
        centres = centres_of(model, self.centres)
        return lambda latents: truncated(latents, centres, self.psi, self.cutoff)


NONE = Truncation()


def check_styles(model: LatentModel, wish: str) -> None:
    """Raises UsageError for a generator without a mapping, or without its halves; `wish` is what asked for them."""
    if model.space == "z":
        path = model.whole.path
        why = f"no halves {path.stem}.mapping.onnx and {path.stem}.synthesis.onnx lie beside {path.name}"
        hint = "ganstudio export onnx RUN   # of a generator with styles, as stylegan2's is, writes them"
        raise UsageError(f"{wish}: {path.stem} has no styles to work on: {why}.", hint)


def centres_of(model: LatentModel, count: int) -> Floats:
    """`count` centres [K, layers, size] of a model's ws: the mean for one, else K means, the same in every process."""
    if count == 1:
        return model.mean[None]
    if count not in model.centres:
        model.centres[count] = _means_of_ws(model, count)
    return model.centres[count]


def _means_of_ws(model: LatentModel, count: int) -> Floats:
    same = bool((model.mean == model.mean[0]).all())  # a mapping that gives all layers the same
    parts = []
    for start in range(0, SAMPLES, 1000):
        seeds = range(start, start + 1000)
        labels = [seed % len(model.classes) for seed in seeds] if model.classes else None
        ws = model.latents(latents(seeds, model.whole.z_dim), labels)
        parts.append((ws[:, :1] if same else ws).reshape(len(ws), -1))
    found = k_means(np.concatenate(parts).astype(np.float64), count).reshape(count, -1, model.size)
    return np.broadcast_to(found, (count, *model.shape)).astype(np.float32)


def k_means(points: Doubles, count: int) -> Doubles:
    """`count` means [K, D] of points [N, D]: Lloyd's rounds from k-means++ (Arthur and Vassilvitskii 2007), seeded.

    A mean that no point is nearest to stays where it was.
    """
    draw = np.random.RandomState(0)
    means: Doubles = points[draw.randint(len(points))][None]
    while len(means) < count:
        far = _square_distances(points, means).min(1)
        share = far / far.sum() if far.sum() > 0 else np.full(len(points), 1 / len(points))
        means = np.concatenate([means, points[draw.choice(len(points), p=share)][None]])
    nearest = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        before, nearest = nearest, _square_distances(points, means).argmin(1)
        if (nearest == before).all():
            break
        means = np.stack(
            [points[nearest == one].mean(0) if (nearest == one).any() else means[one] for one in range(count)]
        )
    return means


def nearest_centres(latents: Floats, centres: Floats) -> Floats:
    """The centre [N, layers, size] that each of the latents [N, layers, size] is nearest to, all layers together."""
    flat, means = (one.reshape(len(one), -1).astype(np.float64) for one in (latents, centres))
    found: Floats = centres[_square_distances(flat, means).argmin(1)]
    return found


def layer_factors(psi: Doubles, cutoff: Doubles | None, layers: int) -> Doubles:
    """What each layer's distance from its centre is multiplied by, [N, layers], for psi [N] and cutoff [N].

    Layers from the cutoff on stay as they are. A cutoff between two whole numbers reaches one layer in part.
    """
    reached = 1.0 if cutoff is None else np.clip(cutoff[:, None] - np.arange(layers), 0, 1)
    factors: Doubles = 1 + (psi[:, None] - 1) * reached * np.ones(layers)
    return factors


def truncated(latents: Floats, centres: Floats, psi: float, cutoff: int | None = None) -> Floats:
    """Latents [N, layers, size], each moved towards the nearest of `centres` [K, layers, size]."""
    count, layers, _ = latents.shape
    factors = layer_factors(np.full(count, psi), None if cutoff is None else np.full(count, float(cutoff)), layers)
    towards = nearest_centres(latents, centres).astype(np.float64)
    moved: Doubles = towards + factors[:, :, None] * (latents - towards)
    return moved.astype(np.float32)


def _square_distances(points: Doubles, means: Doubles) -> Doubles:
    """[N, K]"""
    found: Doubles = (points**2).sum(1)[:, None] - 2 * points @ means.T + (means**2).sum(1)
    return np.maximum(found, 0)
