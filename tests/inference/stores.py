"""Packed data sets made of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.obtain import open_set
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import DataSet


def pack(
    name: str,
    pixels: NDArray[np.uint8],
    classes: Sequence[str] = (),
    labels: Any = None,
    attributes: Sequence[str] = (),
    **told: Any,
) -> DataSet:
    """The data set `name` of `pixels` [N, S, S, C]; `told` replaces fields of its manifest."""
    given = None if labels is None else np.asarray(labels, np.int64)
    with staging() as folder:
        writer = PixelWriter(folder / "images.npy", pixels.shape[1], pixels.shape[3])
        writer.append(pixels)
        named = {"classes": tuple(classes), "attributes": tuple(attributes)}
        manifest = finish_set(folder, writer, name=name, source="a test", labels=given, **named)
        assert publish(folder, replace(manifest, **told))
    return open_set(name)


def noise(count: int, side: int = 32, channels: int = 1, seed: int = 0) -> NDArray[np.uint8]:
    """Pictures of coarse noise, no two alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, channels), np.uint8)
    return coarse.repeat(side // 8, axis=1).repeat(side // 8, axis=2)
