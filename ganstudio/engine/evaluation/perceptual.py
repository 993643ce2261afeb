"""What `evaluate` asks beside distances: path lengths, diversity, and whether training images were learned by heart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio import weights
from ganstudio.data.store import DataSet
from ganstudio.engine.batches import split
from ganstudio.engine.evaluation.diversity import diversity
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.evaluation.memorized import FEWEST, Images, memorized, pairs
from ganstudio.engine.evaluation.metrics import Value
from ganstudio.engine.evaluation.ppl import path_length
from ganstudio.engine.evaluation.real_features import chosen, real_features, real_pixels
from ganstudio.engine.evaluation.sources import Checkpoint, Source
from ganstudio.inference.pictures import picture
from ganstudio.inference.provenance import picture_words
from ganstudio.progress import progress
from ganstudio.workspace import write_atomic

SMALLEST, LARGEST = 64, 256  # sides that LPIPS sees images at
_AT_ONCE = 256


def paths(source: Source, n: int, device: torch.device) -> dict[str, Value]:
    """Perceptual path lengths by name, in z, and in w where the generator has styles; VGG16, as published.

    Raises UsageError where the source has no latents, or the weights are not here.
    """
    lpips = lpips_at("vgg16", min(source.size), device)
    found = {}
    for space in source.spaces():
        show = progress(f"path length in {space.name}")
        length = path_length(space, source.z_dim, lpips, n, source.seed, device, progress=show)
        found[length.score] = Value(length.value, length.deviation)
    return found


def spread(source: Source, real: DataSet, n: int, device: torch.device) -> dict[str, Any]:
    """Mean pairwise LPIPS of `n` samples beside that of `n` real images, and within each class where both know it."""
    lpips = lpips_at("alexnet", min(source.size), device)
    drawn = _collected(source.pixels, n, "drawing samples")
    seen = (source.size, n, _AT_ONCE, source.whole)
    stored = _collected(lambda _: real_pixels(real, *seen), n, "reading images")
    labels = source.labels(n)
    sides: dict[str, Any] = {}
    sides["samples"] = diversity(lpips, drawn, labels, device, progress("comparing samples")).as_json(source.classes)
    known = real.labels() if labels is not None else None
    true = None if known is None else torch.from_numpy(known[chosen(len(known), n).numpy()])
    found = diversity(lpips, stored, true, device, progress("comparing images"))
    sides["data"] = found.as_json(real.manifest.classes)
    return sides


def learned_by_heart(source: Source, real: DataSet, extractor: Extractor, fake: Tensor, out: Path) -> dict[str, Any]:
    """Which samples are copies of training images; the closest pairs are drawn to `out`.

    `fake` are the features [n, D] of the samples. Images that a run held out judge what is close; where fewer than
    FEWEST are known the training images judge one another.
    """
    count = real.manifest.count
    show = progress(f"looking at {real.manifest.name}")
    features = real_features(real, source.size, count, extractor, show, source.whole)
    pixels = _stored(real, source)
    kept, held = _split(source, real)
    training = Images(pixels[kept], features[kept].numpy())
    held = held if len(held) >= FEWEST else held[:0]
    held_out = Images(pixels[held], features[held].numpy()) if len(held) else None
    drawn = _collected(source.pixels, len(fake), "drawing samples").movedim(1, -1).numpy()
    mirrored = isinstance(source, Checkpoint) and source.recipe.data.mirror
    samples = Images(drawn, fake.numpy())
    found = memorized(samples, training, held_out, mirrored, progress("looking for copies"))
    drawing = pairs(drawn, training.pixels, found.found)
    write_atomic(out, picture(drawing, picture_words(source.says, "", ""), "png"))
    return {**found.as_json(), "features": extractor.stamp, "held_out": len(held), "picture": str(out)}


def lpips_at(network: str, resolution: int, device: torch.device) -> Lpips:
    """LPIPS over `network`, which sees images at their own size or at the nearest that it is good for."""
    side = min(max(resolution, SMALLEST), LARGEST)
    return Lpips.load(weights.require(f"lpips-{network}"), side).to(device)


def _split(source: Source, real: DataSet) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `real` that were trained on, as far as is known, and those that were held out of it."""
    count = real.manifest.count
    if isinstance(source, Checkpoint) and source.fingerprint == real.manifest.fingerprint and source.holds_out:
        held, kept = split(real, source.recipe.data.held_out)
        return kept.numpy(), held.numpy()
    return np.arange(count), np.arange(0)


def _stored(real: DataSet, source: Source) -> np.ndarray:
    """All images [N, H, W, 1 or 3] as a source has its own; they stay on disk where they are stored so."""
    if real.manifest.size == source.size and real.manifest.channels != 4 and source.whole is None:
        return real.images()
    seen = real_pixels(real, source.size, real.manifest.count, _AT_ONCE, source.whole)
    return np.concatenate([part.movedim(1, -1).numpy() for part in seen])


def _collected(pixels: Callable[[int], Any], n: int, what: str) -> Tensor:
    show, parts, done = progress(what), [], 0
    for part in pixels(n):
        parts.append(part)
        done += len(part)
        show(done, n)
    return torch.cat(parts)
