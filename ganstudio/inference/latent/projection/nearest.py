"""The nearest of a model's own random samples: where projections begin, and a yardstick for them."""

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
    """A sample that is near a picture, of one class where there are classes."""

    latent: Floats
    label: int | None
    image: Floats
    mse: float


def nearest_samples(
    model: LatentModel,
    images: Floats,
    count: int = SAMPLES,
    label: int | None = None,
    kept: int = 1,
) -> list[list[Nearest]]:
    """For each of `images` [N, C, H, W] the `kept` nearest of `count` samples, the nearest of all first.

    Classes come in turn, so that each has its share of `count`; with a `label` it alone is drawn.
    """
    best: list[list[Nearest]] = [[] for _ in images]
    for drawn, labels, pictures in _drawn(model, count, label):
        for row, known in zip(squared_distances(images, pictures), best, strict=True):
            for at in row.argsort(kind="stable")[:kept]:
                if len(known) < kept or row[at] < known[-1].mse:
                    one = None if labels is None else labels[at]
                    known.append(Nearest(drawn[at].copy(), one, pictures[at].copy(), float(row[at])))
                    known.sort(key=lambda sample: sample.mse)
                    del known[kept:]
    return best


def _drawn(model: LatentModel, count: int, label: int | None) -> Iterator[tuple[Floats, list[int] | None, Floats]]:
    """Latents, their classes and their images, some at a time."""
    for at in range(0, count, _AT_ONCE):
        seeds = range(at, min(at + _AT_ONCE, count))
        labels = None if not model.classes else [n % len(model.classes) if label is None else label for n in seeds]
        drawn = model.latents(latents([FIRST_SEED + n for n in seeds], model.whole.z_dim), labels)
        yield drawn, labels, model.images(drawn, labels, seeds=[NOISE_SEED] * len(drawn))
