"""Images that were published as numbers: which files hold such, and IDX, the format of MNIST and its kin."""

from __future__ import annotations

import gzip
import lzma
import math
import re
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.sources.parts import canonical, chosen, part_of
from ganstudio.data.sources.readers import Stack
from ganstudio.errors import DataError, UsageError
from ganstudio.workspace import digest_of

_Stream = IO[bytes] | gzip.GzipFile | lzma.LZMAFile

BLOCK_BYTES = 8_000_000
LARGEST_SIDE = 16_384
_IDX = re.compile(r"(.*)images([-.])idx3-ubyte(\.gz|\.xz)?")
_UBYTE = 8  # IDX's code of an unsigned byte


def recognized(path: Path, labelled: bool = True) -> Callable[[Path, str], Stack] | None:
    """What reads a part of `path` as arrays ("" being the training part), None where it is something else.

    Labels that nobody asked for are not even looked at: they may be what is wrong with a file.
    """
    from ganstudio.data.sources import cifar
    from ganstudio.data.sources.numpy_files import numpy_file

    if path.is_dir():
        if any(_IDX.fullmatch(file.name) for file in path.iterdir()):
            return idx
        return cifar.read if cifar.is_here(path) else None
    if not path.is_file():
        return None
    if _IDX.fullmatch(path.name):
        return idx
    if path.suffix.lower() in (".npy", ".npz"):
        return partial(numpy_file, labelled=labelled)
    return cifar.read if cifar.is_here(path) else None


def find(path: Path, pattern: str) -> Path:
    """The first file at or below `path` whose name matches. Raises DataError where there is none."""
    if path.is_file() and re.fullmatch(pattern, path.name):
        return path
    found = sorted(file for file in path.rglob("*") if file.is_file() and re.fullmatch(pattern, file.name))
    if not found:
        raise DataError(f"{path}: holds no file named {pattern.replace(chr(92), '')}.")
    return found[0]


def stamp(*files: Path) -> str:
    """A fingerprint of files by name, size and time."""
    stats = [(file.resolve(), file.stat()) for file in files]
    return digest_of(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n" for file, stat in stats)


def idx(path: Path, part: str = "", classes: tuple[str, ...] = ()) -> Stack:
    """The images of an IDX file, or of one part of those in a folder, and their labels.

    The format is the one of LeCun, Cortes and Burges' MNIST page.
    """
    file, notes = _idx_file(path, canonical(part))
    named = _IDX.fullmatch(file.name)
    assert named, file
    with _opened(file) as stream:
        count, height, width = _idx_head(stream, file, 3)
    check_sides(count, height, width, file)
    labels = None
    for suffix in ("", ".gz", ".xz"):
        beside = file.with_name(f"{named[1]}labels{named[2]}idx1-ubyte{suffix}")
        if beside.is_file():
            labels = _idx_labels(beside, count)
            break
    if labels is not None and classes and labels.max() >= len(classes):
        raise DataError(f"{file}: has labels up to {labels.max()}, of {len(classes)} classes: it is another data set.")
    names = classes or (tuple(str(k) for k in range(int(labels.max()) + 1)) if labels is not None else ())

    def blocks() -> Iterator[NDArray[np.uint8]]:
        with _opened(file) as stream:
            _idx_head(stream, file, 3)
            yield from rows_of(stream, np.dtype(np.uint8), (count, height, width, 1), file)

    return Stack(path.resolve(), count, (height, width, 1), blocks, stamp(file), names, labels, (), notes)


def check_sides(count: int, height: int, width: int, file: Path) -> None:
    """Raises DataError for what no images are like, so that a damaged header asks for no terabyte."""
    if not count or not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        raise DataError(f"{file}: says that it holds {count} images of {height} x {width}; that cannot be.")


def _idx_file(path: Path, part: str) -> tuple[Path, tuple[str, ...]]:
    """The file that holds a part's images, and what should be said of others beside it.

    Raises DataError where there are none, UsageError where `path` is a file of another part.
    """
    if path.is_file():
        if part and (its := part_of(path.name)) not in ("", part):
            raise UsageError(f"{path}: is the {its} part by its name, and {part} was asked for.")
        return path, ()
    found = [file for file in sorted(path.rglob("*")) if file.is_file() and _IDX.fullmatch(file.name)]
    parts = {file: part_of(file.name) for file in found}
    if not found or (part and part not in parts.values()):
        there = f" but {', '.join(file.name for file in found[:3])}" if found else ""
        raise DataError(
            f"{path}: holds no {part or 'IDX'} images{there}: a file such as "
            f"{'t10k' if part == 'test' else part or 'train'}-images-idx3-ubyte.gz."
        )
    part, note = chosen(parts.values(), part, path.name)
    [file, *others] = [file for file in found if parts[file] == part]
    notes = [note] if note else []
    if others:
        notes.append(f"This is {file.name}; {', '.join(other.name for other in others[:3])} lies beside it.")
    return file, tuple(notes)


def _idx_head(stream: _Stream, file: Path, dimensions: int) -> tuple[int, ...]:
    try:
        zero, kind, found, *sizes = struct.unpack(f">HBB{dimensions}I", stream.read(4 + 4 * dimensions))
    except (struct.error, OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{file}: is no IDX file, or a damaged one: {error}.") from None
    if zero or kind != _UBYTE or found != dimensions:
        raise DataError(f"{file}: is no IDX file of bytes in {dimensions} dimensions.")
    return tuple(sizes)


def _idx_labels(file: Path, count: int) -> NDArray[np.int64]:
    with _opened(file) as stream:
        (length,) = _idx_head(stream, file, 1)
        labels = np.frombuffer(stream.read(length), np.uint8).astype(np.int64)
    if len(labels) != count:
        raise DataError(f"{file}: holds {len(labels)} labels for {count} images.")
    return labels


def _opened(file: Path) -> _Stream:
    match file.suffix:
        case ".gz":
            return gzip.open(file)
        case ".xz":
            return lzma.open(file)
        case _:
            return file.open("rb")


def rows_of(stream: _Stream, dtype: np.dtype[Any], shape: tuple[int, ...], file: Path) -> Iterator[NDArray[Any]]:
    """The rows of an array of `shape` that `stream` holds in C order, some at a time."""
    row = math.prod(shape[1:]) * dtype.itemsize
    step = max(1, BLOCK_BYTES // row)
    for start in range(0, shape[0], step):
        count = min(step, shape[0] - start)
        try:
            content = stream.read(count * row)
        except Exception as error:  # of zlib, lzma or zipfile, each with errors of its own
            raise DataError(f"{file}: is damaged: {error}.") from None
        if len(content) < count * row:
            raise DataError(f"{file}: ends after {start + len(content) // row} of {shape[0]} images.")
        yield np.frombuffer(content, dtype).reshape(count, *shape[1:])
