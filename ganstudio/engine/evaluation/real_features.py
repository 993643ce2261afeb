"""The real side of a score: which images, in which pixels, and their features, computed once and kept.

The images are all there are, or the first `n` of one shuffle that every run and every `evaluate` shares, and so are
their features. What is kept may be deleted at any time; what was damaged, or written by another version, is computed
again.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganstudio.data.store import DataSet
from ganstudio.engine.batches import shrink
from ganstudio.engine.crops import Crop
from ganstudio.engine.draws import Draw, generator
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.planes import as_planes, per_volume, volumes_for
from ganstudio.engine.evaluation.sampling import over_grey, quantized
from ganstudio.progress import Progress
from ganstudio.units import Size, height_width, size_text
from ganstudio.workspace import drop_unfinished, features_home, replacing

_VERSION = 1  # of which images are chosen and how they become pixels


def chosen(count: int, n: int) -> Tensor:
    """The indices [n] of the images that scores look at, the same for ever; all are taken in the order they have."""
    if n >= count:
        return torch.arange(count)
    return torch.randperm(count, generator=generator(0, "evaluate/real", 0))[:n]


def _chosen_of_class(data: DataSet, label: int | None, n: int) -> Tensor:
    """As `chosen`, of the images of one class where a `label` is given."""
    labels = data.labels()
    if label is None or labels is None:
        return chosen(data.manifest.count, n)
    of_class = torch.from_numpy(labels == label).nonzero().flatten()
    return of_class[chosen(len(of_class), n)]


def real_pixels(
    data: DataSet, size: Size, n: int, at_once: int, whole: Size | None = None, label: int | None = None
) -> Iterator[Tensor]:
    """Pixels uint8 [N, 1 or 3, H, W], `at_once` at a time, averaged down where more are stored, RGBA over grey.

    Of clips and voxel grids `n` planes; of one class alone where a `label` is given. Where pictures are seen in a size
    that is `whole`, each shows a part of `size` at a place that is drawn once for all runs.
    """
    rows = _chosen_of_class(data, label, volumes_for(n, data.manifest.depth))
    yield from as_planes(pixels_of(data, size, rows, at_once, whole), n)


def pixels_of(data: DataSet, size: Size, taken: Tensor, at_once: int, whole: Size | None = None) -> Iterator[Tensor]:
    """Pixels uint8 [N, C, *size] of the images, clips or voxel grids in the rows `taken`; see `real_pixels`."""
    # copy-on-write, because torch warns of arrays that cannot be written to; nothing writes
    stored = torch.from_numpy(np.load(data.path / "images.npy", mmap_mode="c"))
    (height, _), depth = height_width(whole or size), data.manifest.depth
    solid = data.manifest.axes == "DHWC"
    crop = Crop(height_width(size), height_width(whole)) if whole else None
    done = 0
    for rows in taken.split(max(at_once // per_volume(depth), 1)):
        if crop is None:
            pixels = stored[rows]
        else:
            draw = Draw(0, "evaluate", 0, len(taken), slice(done, done + len(rows)), rows.device)
            pixels = crop.cut(stored, rows, crop.corners(draw, "crop"))
        done += len(rows)
        pixels = pixels.movedim(-1, 1)
        if stored.shape[-3] != height:
            pixels = quantized(shrink(pixels.float() / 127.5 - 1, stored.shape[-3] // height, solid=solid))
        yield over_grey(pixels)


def real_features(
    data: DataSet,
    size: Size,
    n: int,
    extractor: Extractor,
    progress: Progress,
    whole: Size | None = None,
    label: int | None = None,
) -> Tensor:
    """Features [n, D], from where they are kept, else computed and kept; of one class where a `label` is given."""
    if (known := known_features(data, size, n, extractor, whole, label)) is not None:
        return known
    parts, done = [], 0
    progress(0, n)
    for pixels in real_pixels(data, size, n, extractor.batch, whole, label):
        parts.append(extractor.features(pixels))
        done += len(pixels)
        progress(done, n)
    features = torch.cat(parts)
    _keep(_place(data.manifest.fingerprint, size, n, extractor, whole, label), features)
    return features


def known_features(
    data: DataSet, size: Size, n: int, extractor: Extractor, whole: Size | None = None, label: int | None = None
) -> Tensor | None:
    """Features [n, D] where they are kept, None where they would have to be computed."""
    return _kept(_place(data.manifest.fingerprint, size, n, extractor, whole, label), n, extractor.dim)


def _place(fingerprint: str, size: Size, n: int, extractor: Extractor, whole: Size | None, label: int | None) -> Path:
    seen = f"{size_text(size)} of {size_text(whole)}" if whole else size_text(size)
    seen += "" if label is None else f" class {label}"
    key = f"{_VERSION} {fingerprint} {seen} {extractor.stamp} {extractor.digest} {n}"
    return features_home() / f"{extractor.stamp}-{n}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"


def _kept(path: Path, n: int, dim: int) -> Tensor | None:
    """The features in a file, or None where there is none or it is damaged, which its checksums tell."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            features = stored["features"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if features.dtype != np.float32 or features.shape != (n, dim):
        return None
    return torch.from_numpy(features)


def _keep(path: Path, features: Tensor) -> None:
    """Leaves the whole of it or nothing. A disk that takes nothing costs the next evaluation time, and no more."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        drop_unfinished(path.parent, "*")
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, features=features.numpy())
    except OSError:
        return
