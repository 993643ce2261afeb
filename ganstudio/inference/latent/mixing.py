"""Style mixing: pictures whose styles come from two sources. Karras et al. 2019, arXiv:1812.04948, section 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.editing import starting_latents
from ganstudio.inference.latent.truncation import NONE, Truncation
from ganstudio.inference.pixels import to_pixels

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sources:
    """The seeds of rows or of columns, and their classes where the model is conditional."""

    seeds: tuple[int, ...]
    classes: Sequence[int] | None


@dataclass(frozen=True)
class Mix:
    """A picture of row r and column c has the styles of c in `layers`, and all else, noise too, of r."""

    rows: Sources
    columns: Sources
    layers: slice
    truncation: Truncation = NONE


def mixed(model: LatentModel, mix: Mix) -> Iterator[Pixels]:
    """The tiles of a grid, row by row: an empty one and the columns' sources, then each row's source and its mixes.

    uint8 [H, W, C], (1 + rows) x (1 + columns) of them.
    """
    truncate = mix.truncation.of(model)
    rows, columns = (
        truncate(np.concatenate(list(starting_latents(model, sources.seeds, sources.classes))))
        for sources in (mix.rows, mix.columns)
    )
    heads = to_pixels(model.images(columns, seeds=mix.columns.seeds))
    yield np.zeros_like(heads[0])
    yield from heads
    for row, seed in zip(rows, mix.rows.seeds, strict=True):
        line = np.repeat(row[None], 1 + len(columns), axis=0)
        line[1:, mix.layers] = columns[:, mix.layers]
        yield from to_pixels(model.images(line, seeds=[seed] * len(line)))
