"""Scores of pictures as proofs of learning take them: LPIPS in AlexNet, and features for Fréchet distances."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio import weights
from ganstudio.data.store import DataSet
from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.evaluation.real_features import real_features
from ganstudio.progress import no_progress

LPIPS, PICTURE_FEATURES = "LPIPS[alexnet]", "efficientnet-lite0"
_AT_ONCE = 64

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.float32]


def lpips(made: Pixels, wanted: Pixels) -> Numbers:
    """LPIPS of each pair of pictures [N, H, W, 1 or 3], [N]."""
    pairs = zip(_parts(made), _parts(wanted), strict=True)
    return np.concatenate([((_embedded(a) - _embedded(b)) ** 2).sum(1) for a, b in pairs])


def lpips_to_nearest(made: Pixels, others: Pixels) -> Numbers:
    """LPIPS of each picture to the nearest of `others`, [N]."""
    return _distances(made, others).min(1)


def nearest_rows(made: Pixels, others: Pixels) -> NDArray[np.int64]:
    """Which of `others` each picture is nearest to in LPIPS, [N]."""
    found: NDArray[np.int64] = _distances(made, others).argmin(1)
    return found


def features(pixels: Pixels) -> Numbers:
    """PICTURE_FEATURES of pictures [N, H, W, 3], [N, D]."""
    images = (torch.from_numpy(np.array(part)).movedim(-1, 1) for part in _parts(pixels))
    return np.concatenate([_extractor().features(part).numpy() for part in images])


def class_features(data: DataSet, label: int) -> Numbers:
    """Those of all images of a class, in the data's order; they are kept, and computed once."""
    count = data.manifest.class_counts[label]
    found: Numbers = real_features(data, data.manifest.size, count, _extractor(), no_progress, label=label).numpy()
    return found


def _distances(made: Pixels, others: Pixels) -> Numbers:
    """LPIPS of every picture to every other one, [N, M]: squared distances of vectors."""
    ours = np.concatenate([_embedded(part) for part in _parts(made)])
    columns = []
    for part in _parts(others):
        theirs = _embedded(part)
        columns.append((ours**2).sum(1)[:, None] - 2 * ours @ theirs.T + (theirs**2).sum(1)[None])
    return np.concatenate(columns, 1).clip(0)


@torch.no_grad()
def _embedded(pixels: Pixels) -> Numbers:
    images = torch.from_numpy(np.array(pixels)).movedim(-1, 1).float() / 127.5 - 1
    found: Numbers = _lpips().embed(images).numpy()
    return found


@cache
def _lpips() -> Lpips:
    return Lpips.load(weights.require("lpips-alexnet"))


@cache
def _extractor() -> Extractor:
    return choice.load(PICTURE_FEATURES, torch.device("cpu"))


def _parts(pixels: Pixels) -> list[Pixels]:
    return np.array_split(pixels, -(-len(pixels) // _AT_ONCE))
