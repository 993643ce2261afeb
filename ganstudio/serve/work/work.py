"""Work that makes pictures: checked, and with its model in use; its pictures come one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.pictures import Carried
from ganstudio.progress import Progress
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.requests import Format

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture: pixels [H, W, C], what its file says of its origin, and what else there is to tell."""

    pixels: Pixels
    words: dict[str, str]
    seed: int | None = None
    class_name: str | None = None
    style: str | None = None
    notes: tuple[str, ...] = ()
    carried: Carried | None = None


@dataclass(frozen=True)
class Sheet:
    """How several tiles become one picture: so many columns and rows, with these words."""

    columns: int
    rows: int
    words: dict[str, str]


@dataclass(frozen=True, eq=False)
class Work:
    """What a request asks for. `tiles` is called once, with what hears of steps of long work; `close` at the end.

    `sheet` is None where the tiles have no common size; `stem` begins the names of files in a zip.
    """

    kind: str
    model: str
    stem: str
    format: Format
    count: int
    tiles: Callable[[Progress], AsyncIterator[Tile]]
    sheet: Sheet | None = None
    size: int | None = None  # the longer side that pictures are resized to
    leases: tuple[Lease, ...] = field(default=())

    def close(self) -> None:
        for lease in self.leases:
            lease.release()
