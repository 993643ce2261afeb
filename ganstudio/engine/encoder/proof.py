"""How well an encoder inverts its export: held-out samples and real images, there and back, by onnxruntime alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.distance import distance
from ganstudio.inference.latent.projection.nearest import NOISE_SEED, nearest_samples
from ganstudio.inference.latents import latents

Floats = NDArray[np.float32]
HELD = 64  # samples, and real images at most
FIRST_SEED = 20_000_000  # of held-out samples: others than the nearest are looked for among
AMONG = 2_048


def prove(session: Any, model: LatentModel, real: Floats | None, labels: list[int] | None) -> dict[str, Any]:
    """The reconstruction of held-out samples and of `real` images [N, C, H, W], beside the nearest random samples.

    `labels` are the classes of real images, where they are known; of each image that is not the nearest one counts.
    """
    turns = [n % len(model.classes) for n in range(HELD)] if model.classes else None
    z = latents(range(FIRST_SEED, FIRST_SEED + HELD), model.whole.z_dim)
    samples = model.images(model.latents(z, turns), turns, seeds=[NOISE_SEED] * HELD)
    return {
        "samples": _there_and_back(session, model, samples, turns),
        "real": None if real is None else _there_and_back(session, model, real, labels),
    }


def _there_and_back(session: Any, model: LatentModel, images: Floats, labels: list[int] | None) -> dict[str, Any]:
    [encoded] = session.run(None, {"images": images})
    found = encoded if encoded.ndim == 3 else encoded[:, None]
    again = _drawn(model, found, images, labels)
    nearest = np.stack([ones[0].image for ones in nearest_samples(model, images, AMONG)])
    beside = {"of": AMONG, **distance(nearest, images)._asdict()}
    return {"n": len(images), **distance(again, images)._asdict(), "nearest": beside}


def _drawn(model: LatentModel, found: Floats, images: Floats, labels: list[int] | None) -> Floats:
    """What the export makes of latents; of a class that is not known the one whose picture is nearest."""
    seeds = [NOISE_SEED] * len(found)
    if labels is not None or not model.classes or model.space == "w":
        return model.images(found, labels, seeds=seeds)
    each = np.stack([model.images(found, [label] * len(found), seeds=seeds) for label in range(len(model.classes))])
    off = np.square(each - images).reshape(len(each), len(images), -1).mean(2)
    best: Floats = each[off.argmin(0), np.arange(len(images))]
    return best
