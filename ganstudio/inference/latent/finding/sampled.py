"""Latents that are drawn once, and what is seen of their pictures: what every way to find a direction starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.gauges import Gauges
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.resizing import resized
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from ganstudio.progress import Progress, no_progress

Floats = NDArray[np.float32]
SAMPLES = 10_000
FEWEST_SAMPLES = 200
_PART = 256  # pictures that are held at a time
_MOST_KEPT = 1024  # numbers that are kept of a picture: 32 x 32 grey ones


@dataclass(frozen=True, eq=False)
class Samples:
    """Latents of seeds 0 to N - 1, and what their pictures were like.

    Attributes:
        labels: the class of each, in turn; None for a model without classes.
        latents: float32 [N, layers, size]; [N, 1, size] where all layers have the same.
        values: float64 [N, K], a column a gauge.
        small: the pictures, averaged down to few pixels, uint8 [N, h, w, C].
        layers: those that directions are to move.
    """

    model: LatentModel
    gauges: Gauges
    labels: NDArray[np.int64] | None
    latents: Floats
    values: NDArray[np.float64]
    small: NDArray[np.uint8]
    layers: slice

    def __len__(self) -> int:
        return len(self.latents)

    @property
    def flat(self) -> NDArray[np.float64]:
        """Latents as rows of numbers [N, D]: those of the chosen layers, once where all layers have the same."""
        chosen = self.latents if self.latents.shape[1] == 1 else self.latents[:, self.layers]
        return chosen.reshape(len(self), -1).astype(np.float64)

    def vector(self, flat: NDArray[np.float64]) -> Floats:
        """What moves latents as `flat` [D] moves rows of `self.flat`: float32 [layers, size], 0 in layers that stay."""
        moved = np.zeros(self.model.shape, np.float32)
        moved[self.layers] = flat.reshape(-1, self.model.size)
        return moved

    def column(self, thing: str) -> NDArray[np.float64]:
        """The values [N] of the gauge of that name."""
        found: NDArray[np.float64] = self.values[:, self.gauges.names.index(thing)]
        return found

    def groups(self) -> NDArray[np.int64] | None:
        """The class of each [N], as the classifier answers, else as the model was told; None where there is neither."""
        if self.gauges.classes:
            answers: NDArray[np.int64] = self.values[:, self.gauges.classes].argmax(1)
            return answers
        return self.labels


def draw(
    model: LatentModel,
    gauges: Gauges,
    layers: slice = slice(None),
    count: int = SAMPLES,
    progress: Progress = no_progress,
) -> Samples:
    """Draws seeds 0 to `count` - 1 once, in parts. Raises UsageError for a model that makes no pictures."""
    shape = model.whole.image_shape
    if len(shape) != 3 or shape[0] not in (1, 3, 4):
        raise UsageError(f"{model.whole.path.stem} makes images of shape {list(shape)}; directions are of pictures.")
    labels = labels_of(model, range(count))
    size = small_size(shape)
    kept, values, small = [], [], np.empty((count, *size, shape[0]), np.uint8)
    for start in range(0, count, _PART):
        seeds = range(start, min(start + _PART, count))
        some = None if labels is None else labels[start : seeds.stop]
        found = model.latents(latents(seeds, model.whole.z_dim), None if some is None else some.tolist())
        pixels = pixels_of(model, found, seeds, some)
        kept.append(found[:, :1] if (found == found[:, :1]).all() else found)
        values.append(gauges.values(pixels))
        small[start : seeds.stop] = resized(pixels, *size)
        progress(seeds.stop, count)
    if any(part.shape[1] > 1 for part in kept):
        kept = [np.broadcast_to(part, (len(part), *model.shape)) for part in kept]
    return Samples(model, gauges, labels, np.concatenate(kept), np.concatenate(values), small, layers)


def labels_of(model: LatentModel, seeds: Sequence[int]) -> NDArray[np.int64] | None:
    """The classes that seeds are drawn in, in turn; None for a model without classes."""
    return np.array([seed % len(model.classes) for seed in seeds]) if model.classes else None


def pixels_of(
    model: LatentModel, found: Floats, seeds: Sequence[int], labels: NDArray[np.int64] | None
) -> NDArray[np.uint8]:
    """Pixels [N, H, W, C] of latents [N, layers or 1, size]."""
    whole = np.broadcast_to(found, (len(found), *model.shape))
    return to_pixels(model.images(whole, None if labels is None else labels.tolist(), seeds=list(seeds)))


def moved_pixels(
    model: LatentModel,
    found: Floats,
    seeds: Sequence[int],
    labels: NDArray[np.int64] | None,
    vector: Floats,
) -> Iterator[NDArray[np.uint8]]:
    """Pixels of latents, moved by `vector`, in parts."""
    for start in range(0, len(found), _PART):
        part = slice(start, start + _PART)
        yield pixels_of(model, found[part] + vector, seeds[part], None if labels is None else labels[part])


def small_size(shape: Sequence[int]) -> tuple[int, int]:
    """The height and width that pictures [C, H, W] are looked at in: few numbers, and the same aspect."""
    channels, height, width = shape
    share = min(1.0, (_MOST_KEPT / (channels * height * width)) ** 0.5)
    return max(1, round(share * height)), max(1, round(share * width))
