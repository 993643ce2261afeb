"""IDX, the format of MNIST and its kin (LeCun, Cortes and Burges' MNIST page)."""

from __future__ import annotations

import gzip
import lzma
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.sources.arrays import Stream, check_sides, rows_of, stamp
from ganstudio.data.sources.parts import canonical_part, choose_part, part_of
from ganstudio.data.sources.source import Stack
from ganstudio.errors import DataError, UsageError

_IMAGES = re.compile(r"(.*)images([-.])idx3-ubyte(\.gz|\.xz)?")
_UBYTE = 8  # the format's code of an unsigned byte


def is_here(path: Path) -> bool:
    """Whether `path` is a file of images, or a folder that holds one."""
    files = path.iterdir() if path.is_dir() else (path,)
    return any(_IMAGES.fullmatch(file.name) for file in files)


def read_idx(path: Path, part: str = "", classes: tuple[str, ...] = ()) -> Stack:
    """The images of an IDX file, or of one part of those in a folder, and their labels."""
    file, notes = _file_of(path, canonical_part(part))
    named = _IMAGES.fullmatch(file.name)
    assert named, file
    with _open_file(file) as stream:
        count, height, width = _head(stream, file, 3)
    check_sides(count, height, width, file)
    labels = None
    for suffix in ("", ".gz", ".xz"):
        beside = file.with_name(f"{named[1]}labels{named[2]}idx1-ubyte{suffix}")
        if beside.is_file():
            labels = _labels(beside, count)
            break
    if labels is not None and classes and labels.max() >= len(classes):
        raise DataError(f"{file}: has labels up to {labels.max()}, of {len(classes)} classes: it is another data set.")
    names = classes or (tuple(str(k) for k in range(int(labels.max()) + 1)) if labels is not None else ())

    def blocks() -> Iterator[NDArray[np.uint8]]:
        with _open_file(file) as stream:
            _head(stream, file, 3)
            yield from rows_of(stream, np.dtype(np.uint8), (count, height, width, 1), file)

    return Stack(path.resolve(), count, (height, width, 1), blocks, stamp(file), names, labels, (), notes)


def _file_of(path: Path, part: str) -> tuple[Path, tuple[str, ...]]:
    """The file that holds a part's images, and notes on others beside it.

    Raises DataError where there are none, UsageError where `path` is a file of another part.
    """
    if path.is_file():
        if part and (its := part_of(path.name)) not in ("", part):
            raise UsageError(f"{path}: is the {its} part by its name, and {part} was asked for.")
        return path, ()
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and _IMAGES.fullmatch(file.name)]
    parts = {file: part_of(file.name) for file in files}
    if not files or (part and part not in parts.values()):
        examples = f" but {', '.join(file.name for file in files[:3])}" if files else ""
        raise DataError(
            f"{path}: holds no {part or 'IDX'} images{examples}: a file such as "
            f"{'t10k' if part == 'test' else part or 'train'}-images-idx3-ubyte.gz."
        )
    part, note = choose_part(parts.values(), part, path.name)
    [file, *others] = [file for file in files if parts[file] == part]
    notes = [note] if note else []
    if others:
        notes.append(f"This is {file.name}; {', '.join(other.name for other in others[:3])} lies beside it.")
    return file, tuple(notes)


def _head(stream: Stream, file: Path, dimensions: int) -> tuple[int, ...]:
    try:
        zero, kind, found, *sizes = struct.unpack(f">HBB{dimensions}I", stream.read(4 + 4 * dimensions))
    except (struct.error, OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{file}: is no IDX file, or a damaged one: {error}.") from None
    if zero or kind != _UBYTE or found != dimensions:
        raise DataError(f"{file}: is no IDX file of bytes in {dimensions} dimensions.")
    return tuple(sizes)


def _labels(file: Path, count: int) -> NDArray[np.int64]:
    with _open_file(file) as stream:
        (length,) = _head(stream, file, 1)
        labels = np.frombuffer(stream.read(length), np.uint8).astype(np.int64)
    if len(labels) != count:
        raise DataError(f"{file}: holds {len(labels)} labels for {count} images.")
    return labels


def _open_file(file: Path) -> Stream:
    match file.suffix:
        case ".gz":
            return gzip.open(file)
        case ".xz":
            return lzma.open(file)
        case _:
            return file.open("rb")
