"""A data set in another size that is not made: what a dry run goes by, which needs its shape and no pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.derived import derived_sets
from ganstudio.data.manifest import Enlarged, Manifest
from ganstudio.data.store import DataSet, MapMode
from ganstudio.units import HeightWidth, Resolution, as_size, format_bytes


@dataclass(frozen=True)
class PlannedSet(DataSet):
    """The labels of the set at `path` under a manifest of another size; every image is the same picture of noise."""

    def _pixels(self, file: str, shape: tuple[int, ...], mode: MapMode) -> NDArray[np.uint8]:  # noqa: ARG002
        # one image in memory, however many there are
        one = _noise(shape)
        strides = (0, *one.strides)
        return np.lib.stride_tricks.as_strided(one, (self.manifest.count, *shape), strides)

    @property
    def note(self) -> str:
        """A sentence on the set that a run would make first."""
        manifest = self.manifest
        taken = format_bytes(manifest.count * math.prod(manifest.shape))
        return f"a run first makes {manifest.name} of the packed {manifest.noun}, which takes {taken} of disk"


@cache
def _noise(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.random.RandomState(0).randint(0, 256, shape, np.uint8)


def planned_at(data: DataSet, resolution: Resolution) -> DataSet:
    """What `derived_sets.at_resolution` returns, where it has nothing to make; else a PlannedSet of the same shape."""
    if derived_sets.exists_at_resolution(data, resolution):
        return derived_sets.at_resolution(data, resolution)
    return PlannedSet(data.path, _manifest_at(data.manifest, resolution), data.styles)


def _manifest_at(manifest: Manifest, resolution: Resolution) -> Manifest:
    """What would be told of `manifest`'s set in another size, as far as that is known before it is made."""
    size = manifest.size_at(resolution)
    height, width = size[-2:]
    paired = manifest.source_shape
    return replace(
        manifest,
        name=derived_sets.name_at(manifest, resolution),
        resolution=min(height, width),
        rectangle=None if isinstance(as_size(height, width), int) else (height, width),
        depth=None if manifest.depth is None else size[0],
        source_shape=paired and (*derived_sets.source_size_at(manifest, (height, width)), paired[-1]),
        enlarged=_enlarged(manifest, (height, width)),
        parent=manifest.fingerprint,
    )


def _enlarged(manifest: Manifest, size: HeightWidth) -> Enlarged | None:
    """How many images would be larger than their files. Of files that are packed anew half are as large as the median
    one, or smaller; how many exactly only packing tells.
    """
    if manifest.packing is None or not Path(manifest.source).exists():
        return derived_sets.enlarged_at(manifest, size)
    median = manifest.sources.short_sides[1] if manifest.sources else min(size)
    return Enlarged(-(-manifest.count // 2), median) if median < min(size) else None
