"""Frames of clips and slices of voxel grids: the images as which these are scored.

Every volume gives PER planes, evenly spaced along time or depth, the first of them one further on from volume to
volume: so all places come equally often, on both sides of a score alike, and one volume has no more say than a few of
its planes. What such a score is called says so: `FD[lenet, frames]-5k`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

import torch
from torch import Tensor

from ganstudio.engine.evaluation.extractors import Extractor

PER = 4
NOUNS = {"THWC": "frames", "DHWC": "slices"}  # by the axes of the data


def per_volume(depth: int | None) -> int:
    """The images that one example of the data counts for: 1 where it is an image itself."""
    return 1 if depth is None else min(PER, depth)


def volumes_for(n: int, depth: int | None) -> int:
    """How many examples of the data give `n` images."""
    return ceil(n / per_volume(depth))


def stamped(extractor: Extractor, axes: str) -> Extractor:
    """The extractor, its scores named after the planes that it is shown: `lenet, frames`."""
    if noun := NOUNS.get(axes):
        extractor.stamp = f"{extractor.stamp}, {noun}"
    return extractor


def planes(volumes: Tensor, first: int) -> Tensor:
    """[N * PER, C, H, W] of volumes [N, C, T|D, H, W], of which the first is the one with the number `first`."""
    depth = volumes.shape[2]
    each = per_volume(depth)
    starts = torch.arange(first, first + len(volumes))[:, None]
    places = (starts + torch.arange(each) * depth // each) % depth
    picked = volumes.movedim(2, 1)[torch.arange(len(volumes))[:, None], places.to(volumes.device)]
    return picked.flatten(0, 1)


def as_planes(parts: Iterable[Tensor], n: int) -> Iterator[Tensor]:
    """Images as they come; of volumes `n` planes in all."""
    volumes, shown = 0, 0
    for part in parts:
        if part.dim() == 4:
            yield part
            continue
        some = planes(part, volumes)[: n - shown]
        volumes, shown = volumes + len(part), shown + len(some)
        yield some
