"""What readers of images that were published as numbers share: finding files, their stamp, their rows."""

from __future__ import annotations

import gzip
import lzma
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import DataError
from ganstudio.workspace import digest_of

Stream = IO[bytes] | gzip.GzipFile | lzma.LZMAFile

BLOCK_BYTES = 8_000_000
LARGEST_SIDE = 16_384


def find_file(path: Path, pattern: str) -> Path:
    """The first file at or below `path` whose name matches. Raises DataError where there is none."""
    if path.is_file() and re.fullmatch(pattern, path.name):
        return path
    files = sorted(file for file in path.rglob("*") if file.is_file() and re.fullmatch(pattern, file.name))
    if not files:
        raise DataError(f"{path}: holds no file named {pattern.replace(chr(92), '')}.")
    return files[0]


def stamp(*files: Path) -> str:
    """A fingerprint of files by name, size and time."""
    stats = [(file.resolve(), file.stat()) for file in files]
    return digest_of(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n" for file, stat in stats)


def check_sides(count: int, height: int, width: int, file: Path) -> None:
    """Raises DataError for what no images are like, so that a damaged header asks for no terabyte."""
    if not count or not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        raise DataError(f"{file}: says that it holds {count} images of {height} x {width}; that cannot be.")


def rows_of(stream: Stream, dtype: np.dtype[Any], shape: tuple[int, ...], file: Path) -> Iterator[NDArray[Any]]:
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
