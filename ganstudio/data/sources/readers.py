"""What images can come from: a listing of picture files, or a stack of images that were stored as numbers.

`open_source` finds out which of them a path is. Nothing is decoded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.data.manifest import Skipped
from ganstudio.errors import DataError, UsageError, quoted
from ganstudio.workspace import nearest_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Label = str | tuple[int, ...]  # a class, or one 0 or 1 an attribute


class Where(NamedTuple):
    """A file, and the part of it that is meant where it holds several: a zip entry's place, a database's key."""

    path: str
    member: str = ""


class Picture(NamedTuple):
    """A file that may be one; `label` is its class or attributes, None where it has none."""

    name: str
    where: Where
    label: Label | None
    bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Listing:
    """Encoded pictures. `fingerprint` covers names, sizes and times: cheap, and new where a file is."""

    root: Path
    pictures: tuple[Picture, ...]  # by name
    skipped: tuple[Skipped, ...]  # what could not even be listed
    fingerprint: str
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # sentences on how it was read

    @property
    def bytes(self) -> int:
        return sum(picture.bytes for picture in self.pictures)

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

LABEL_FILES = (".csv", ".tsv", ".json", ".jsonl")  # that stand for the pictures beside them


def open_source(path: Path, labels: str = "auto", part: str = "") -> Source:
    """What lies at `path`: a folder or a zip of pictures, or a file or folder of arrays.

    `labels` is `auto` (a dataset.json inside where it holds labels, else sub-folders), `folders`, `none`, or a file:
    a CSV of file and label(s), a dataset.json, CelebA's list of attributes. `part` is the one that is meant of arrays
    that come in several, such as train and test; else it is the training part, and a note says so.

    Raises DataError where there is nothing that can be read, and UsageError where `labels` or `part` does not fit.
    """
    from ganstudio.data.labels import annotations
    from ganstudio.data.sources import archives, arrays, folders, parts

    path, part = Path(path), parts.canonical(part)
    if (opener := arrays.recognized(path, labels != "none")) is not None:
        return _stack(opener(path, part), labels)
    if part:
        inside = [path / part] if (path / part).is_dir() else []
        raise UsageError(
            f"--part {part}: goes with arrays that come in parts (NPZ, IDX, CIFAR); {path} holds pictures.",
            hint=f"ganstudio data add {quoted(inside[0])}" if inside else "Leave --part out",
        )
    if path.suffix.lower() in LABEL_FILES and path.is_file():
        return annotations.annotate(folders.list_folder(path.parent), path)
    if path.is_file() and path.suffix.lower() == ".zip":
        listing = archives.list_zip(path)
    elif archives.is_database(path):
        listing = archives.list_database(path)
    else:
        listing = folders.list_folder(path)
    return _labelled(listing, labels)


def _stack(stack: Stack, labels: str) -> Stack:
    match labels:
        case "auto" | "folders":
            return stack
        case "none":
            return replace(stack, classes=(), labels=None)
        case _:
            raise UsageError(
                f"--labels {labels}: {stack.root} holds arrays, whose labels come with them. Nearest: none."
            )


def _labelled(listing: Listing, labels: str) -> Listing:
    from ganstudio.data.labels import annotations

    match labels:
        case "none":
            return annotations.bare(annotations.without_labels_file(listing))
        case "folders":
            return annotations.without_labels_file(listing)
        case "auto":
            return annotations.annotate_by_itself(listing)
        case "dataset.json":
            return annotations.annotate_by_itself(listing, required=True)
        case _:
            file = Path(labels)
            if not file.is_file():
                known = "folders, none, dataset.json, or a CSV file of file and label(s)"
                raise DataError(
                    f"--labels {labels}: there is no such file. {nearest_path(labels) or f'Known: {known}.'}"
                )
            return annotations.annotate(listing, file)
