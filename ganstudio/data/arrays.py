"""Images that were published as numbers: IDX (MNIST and its kin), NPY and NPZ files."""

from __future__ import annotations

import gzip
import lzma
import math
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio.data.readers import Stack
from ganstudio.errors import DataError
from ganstudio.workspace import digest_of

_Stream = IO[bytes] | gzip.GzipFile | lzma.LZMAFile

BLOCK_BYTES = 8_000_000
LARGEST_SIDE = 16_384
_IDX = re.compile(r"(.*)images([-.])idx3-ubyte(\.gz|\.xz)?")
_UBYTE = 8  # IDX's code of an unsigned byte
_IMAGE_KEYS = ("images", "x", "X", "data", "arr_0")
_LABEL_KEYS = ("labels", "y", "Y", "label", "arr_1")


def recognized(path: Path) -> Callable[[Path], Stack] | None:
    """What reads `path` as arrays, None where it is something else."""
    from ganstudio.data import cifar

    if path.is_dir():
        if any(_IDX.fullmatch(file.name) for file in path.iterdir()):
            return idx
        return cifar.read if cifar.is_here(path) else None
    if not path.is_file():
        return None
    if _IDX.fullmatch(path.name):
        return idx
    if path.suffix.lower() in (".npy", ".npz"):
        return numpy_file
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
    """The images of an IDX file, or of those in a folder (the training part where there are two), and their labels.

    The format is the one of LeCun, Cortes and Burges' MNIST page. `part` is the beginning of the file names.
    """
    file = path if path.is_file() else _idx_file(path, part)
    named = _IDX.fullmatch(file.name)
    assert named, file
    with _opened(file) as stream:
        count, height, width = _idx_head(stream, file, 3)
    _check_sides(count, height, width, file)
    labels = None
    for suffix in ("", ".gz", ".xz"):
        beside = file.with_name(f"{named[1]}labels{named[2]}idx1-ubyte{suffix}")
        if beside.is_file():
            labels = _idx_labels(beside, count)
            break
    names = classes or (tuple(str(k) for k in range(int(labels.max()) + 1)) if labels is not None else ())

    def blocks() -> Iterator[NDArray[np.uint8]]:
        with _opened(file) as stream:
            _idx_head(stream, file, 3)
            yield from _rows(stream, np.dtype(np.uint8), (count, height, width, 1), file)

    return Stack(path.resolve(), count, (height, width, 1), blocks, stamp(file), names, labels)


def _check_sides(count: int, height: int, width: int, file: Path) -> None:
    """Raises DataError for what no images are like, so that a damaged header asks for no terabyte."""
    if not count or not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        raise DataError(f"{file}: says that it holds {count} images of {height} x {width}; that cannot be.")


def _idx_file(folder: Path, part: str) -> Path:
    found = [file for file in sorted(folder.rglob(f"{part}*")) if file.is_file() and _IDX.fullmatch(file.name)]
    if not found:
        raise DataError(
            f"{folder}: holds no {part or 'IDX'} images: a file such as {part or 'train'}-images-idx3-ubyte.gz."
        )
    return next((file for file in found if file.name.startswith("train")), found[0])


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


def _rows(stream: _Stream, dtype: np.dtype[Any], shape: tuple[int, ...], file: Path) -> Iterator[NDArray[Any]]:
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


def numpy_file(path: Path) -> Stack:
    """The array of an .npy file, or `images` (and `labels`) of an .npz: [N, H, W], [N, H, W, C] or [N, C, H, W].

    Bytes are taken as they are; bool and floats reach to 1, or from -1 to 1; integers to 255. Raises DataError.
    """
    with _member(path, _IMAGE_KEYS) as stream:
        shape, fortran, dtype = _numpy_head(stream, path)
    if fortran:
        raise DataError(f"{path}: is stored column by column; save np.ascontiguousarray(images) instead.")
    if dtype.kind not in "buif":
        raise DataError(f"{path}: holds {dtype}; images are numbers.")
    if len(shape) not in (3, 4) or 0 in shape:
        raise DataError(f"{path}: has the shape {list(shape)}; images are [N, H, W], [N, H, W, C] or [N, C, H, W].")
    first = len(shape) == 4 and shape[3] > 4 and shape[1] <= 4
    count, *size = (shape[0], *shape[2:], shape[1]) if first else shape
    height, width, channels = (*size, 1)[:3]
    _check_sides(count, height, width, path)
    if channels > 4:
        raise DataError(f"{path}: has {channels} channels; images have 1 to 4.")

    def raw() -> Iterator[NDArray[Any]]:
        with _member(path, _IMAGE_KEYS) as stream:
            _numpy_head(stream, path)
            for rows in _rows(stream, dtype, shape, path):
                yield (rows.transpose(0, 2, 3, 1) if first else rows).reshape(-1, height, width, channels)

    scaled = _scaling(raw, dtype, path)
    labels, classes = _numpy_labels(path, count)
    blocks = lambda: map(scaled, raw())  # noqa: E731
    return Stack(path.resolve(), count, (height, width, channels), blocks, stamp(path), classes, labels)


def _scaling(
    raw: Callable[[], Iterator[NDArray[Any]]], dtype: np.dtype[Any], path: Path
) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """What makes bytes of the array's numbers, by the range that they fill."""
    if dtype == np.uint8:
        return lambda rows: rows
    edges = [(float(rows.min()), float(rows.max())) for rows in raw()]
    low, high = min(edge[0] for edge in edges), max(edge[1] for edge in edges)
    if dtype.kind in "ui" and low >= 0 and high <= 255:
        return lambda rows: rows.astype(np.uint8)
    if not -1 <= low <= high <= 255 or (low < 0 and high > 1):
        raise DataError(f"{path}: its numbers go from {low:g} to {high:g}; images reach from 0 or -1 to 1, or to 255.")
    start, top = (-1.0 if low < 0 else 0.0), (1.0 if high <= 1 else 255.0)
    return lambda rows: np.rint((rows.astype(np.float64) - start) * (255 / (top - start))).astype(np.uint8)


def _numpy_labels(path: Path, count: int) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    if path.suffix.lower() == ".npy":
        return None, ()
    try:
        with zipfile.ZipFile(path) as archive:
            if not any(f"{key}.npy" in archive.namelist() for key in _LABEL_KEYS):
                return None, ()
        with _member(path, _LABEL_KEYS) as stream:
            found = npy.read_array(stream, allow_pickle=False)
    except Exception as error:
        raise DataError(f"{path}: its labels cannot be read: {error}.") from None
    values = found.reshape(-1) if found.size == count else found
    if values.shape != (count,) or values.dtype.kind not in "uiU":
        raise DataError(f"{path}: its labels are {found.dtype} {list(found.shape)} for {count} images.")
    names, labels = np.unique(values, return_inverse=True)
    return labels.astype(np.int64), tuple(str(name) for name in names)


def _member(path: Path, keys: tuple[str, ...]) -> IO[bytes]:
    """An .npy file, or the first of `keys` in an .npz (a lone array whatever its name), ready to be read."""
    if path.suffix.lower() == ".npy":
        return path.open("rb")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            found = next((f"{key}.npy" for key in keys if f"{key}.npy" in names), None)
            found = found or (names[0] if len(names) == 1 else None)
            if found is None:
                held = ", ".join(name.removesuffix(".npy") for name in names)
                raise DataError(f"{path}: holds no array called {' or '.join(keys[:2])}, but {held}.")
            return archive.open(found)
    except DataError:
        raise
    except Exception as error:  # a damaged zip fails in many ways
        raise DataError(f"{path}: is no .npz file, or a damaged one: {error}.") from None


def _numpy_head(stream: IO[bytes], path: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    with suppress(Exception):  # a damaged header is read as Python's own syntax, and fails in all its ways
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if (version := npy.read_magic(stream)) in readers:
            shape, fortran, dtype = readers[version](stream)
            return shape, fortran, dtype
    raise DataError(f"{path}: holds no numpy array, or a damaged one.")
