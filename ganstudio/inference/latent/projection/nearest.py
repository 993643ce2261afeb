"""The nearest of a model's own random samples: where projections begin without an encoder, and a yardstick for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.distance import squared_distances
from ganstudio.inference.latents import latents

Floats = NDArray[np.float32]
SAMPLES = 4_096
FIRST_SEED = 10_000_000  # of them: far from the seeds that people and proofs use
NOISE_SEED = 0  # what noise inputs are drawn from: a projected picture is of this seed
_AT_ONCE = 256


class Nearest(NamedTuple):
    """The nearest sample of one picture, of one class where there are classes."""

    latent: Floats
    label: int | None
    image: Floats
    mse: float


def nearest_samples(
    model: LatentModel,
    images: Floats,
    count: int = SAMPLES,
    label: int | None = None,
) -> list[list[Nearest]]:
    """For each of `images` [N, C, H, W] the nearest sample of each class, the nearest of all first.

    Classes come in turn, so that each has its share of `count`; with a `label` it alone is drawn.
    """
    best: list[dict[int | None, Nearest]] = [{} for _ in images]
    for drawn, labels, pictures in _drawn(model, count, label):
        distances = squared_distances(images, pictures)
        for one in [None] if labels is None else sorted(set(labels)):
            places = np.arange(len(drawn)) if one is None else np.flatnonzero(np.array(labels) == one)
            for row, known, at in zip(distances, best, places[distances[:, places].argmin(1)], strict=True):
                if one not in known or row[at] < known[one].mse:
                    known[one] = Nearest(drawn[at], one, pictures[at], float(row[at]))
    return [sorted(known.values(), key=lambda one: one.mse) for known in best]


def _drawn(model: LatentModel, count: int, label: int | None) -> Iterator[tuple[Floats, list[int] | None, Floats]]:
    """Latents, their classes and their images, some at a time."""
    for at in range(0, count, _AT_ONCE):
        seeds = range(at, min(at + _AT_ONCE, count))
        labels = None if not model.classes else [n % len(model.classes) if label is None else label for n in seeds]
        drawn = model.latents(latents([FIRST_SEED + n for n in seeds], model.whole.z_dim), labels)
        yield drawn, labels, model.images(drawn, labels, seeds=[NOISE_SEED] * len(drawn))
