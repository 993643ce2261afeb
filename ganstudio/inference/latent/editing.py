"""Edited pictures: latents are truncated, moved along directions, and drawn.

Truncation comes first where there are styles, so that a strength means the same at every psi. In z it is the network's
own input, and comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.directions import Direction, moved
from ganstudio.inference.latent.truncation import NONE, Truncation, check_styles
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Edit:
    """What is done to latents before they are drawn: a truncation, and moves along directions in some layers."""

    moves: tuple[tuple[Direction, float], ...] = ()
    layers: slice = field(default_factory=lambda: slice(None))
    truncation: Truncation = NONE


def starting_latents(
    model: LatentModel, seeds: Sequence[int], classes: Sequence[int] | None, z: Floats | None = None
) -> Iterator[Floats]:
    """What an edit begins with: latents [n, layers, size] of seeds, or of `z` [N, z_dim], a batch at a time."""
    batch = model.whole.batch
    for start in range(0, len(seeds), batch):
        part = slice(start, start + batch)
        drawn = latents(seeds[part], model.whole.z_dim) if z is None else z[part]
        yield model.latents(drawn, None if classes is None else classes[part])


def saved_ws(model: LatentModel, ws: Floats) -> Iterator[Floats]:
    """Saved ws [N, L, D], a batch at a time. Raises UsageError where the model has no half that takes them."""
    check_styles(model, "--latent")
    if ws.shape[1:] != model.shape:
        layers, size = model.shape
        name = model.whole.path.stem
        raise UsageError(f"--latent: the file holds ws {list(ws.shape)}; {name} takes [N, {layers}, {size}].")
    return (ws[start : start + model.whole.batch] for start in range(0, len(ws), model.whole.batch))


def edited(
    model: LatentModel, starts: Iterable[Floats], seeds: Sequence[int], classes: Sequence[int] | None, edit: Edit
) -> Iterator[NDArray[np.uint8]]:
    """The edited picture of each latent in turn, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C].

    `starts` are latents [n, layers, size], some at a time; `seeds`, one a latent, are what noise is drawn from, and
    `classes` are for a conditional model alone.
    """
    in_graph = model.space == "z"  # psi is an input of the network
    truncate = (NONE if in_graph else edit.truncation).of(model)
    psi = edit.truncation.psi if in_graph else 1.0
    done = 0
    for start in starts:
        part = slice(done, done + len(start))
        labels = None if classes is None else classes[part]
        changed = moved(truncate(start), edit.moves, edit.layers)
        yield from to_pixels(model.images(changed, labels, seeds=seeds[part], psi=psi))
        done += len(start)
