"""What images can come from: a listing of picture files, or a stack of images that were stored as numbers.

`opening.open_source` finds out which of them a path is; every reader returns one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.data.manifest import SkippedFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Label = str | tuple[int, ...]  # a class, or one 0 or 1 an attribute


class Location(NamedTuple):
    """A file, and the part of it that is meant where it holds several: a zip entry's place, a database's key.

    `half` is left or right where that half of the picture is meant.
    """

    path: str
    member: str = ""
    half: str = ""


class Picture(NamedTuple):
    """A file that may be one; `label` is its class or attributes, None where it has none."""

    name: str
    location: Location
    label: Label | None
    bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Listing:
    """Encoded pictures. `fingerprint` covers names, sizes and times: cheap, and new where a file is."""

    root: Path
    pictures: tuple[Picture, ...]  # by name
    skipped: tuple[SkippedFile, ...]  # what could not even be listed
    fingerprint: str
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # sentences on how it was read
    partners: tuple[Picture, ...] = ()  # of pictures that come in pairs, what each of them is made from
    domains: tuple[str, ...] = ()  # the classes in their order, where folders were named as domains

    @property
    def bytes(self) -> int:
        return sum(picture.bytes for picture in (*self.pictures, *self.partners))

    @property
    def count(self) -> int:
        """How many images there are at most: a file may turn out to be none."""
        return len(self.pictures)


@dataclass(frozen=True)
class Stack:
    """Images stored as numbers: `blocks()` yields them in order as uint8 [n, H, W, C], C from 1 to 4 (alpha last)."""

    root: Path
    count: int
    shape: tuple[int, int, int]
    blocks: Callable[[], Iterator[NDArray[np.uint8]]]
    fingerprint: str
    classes: tuple[str, ...] = ()
    labels: NDArray[np.int64] | None = None  # [N], a class each, or with attributes [N, A]
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # sentences on how it was read


Source = Listing | Stack
