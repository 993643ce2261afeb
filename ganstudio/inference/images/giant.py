"""Pictures too large to be held twice: their pixels in a file while they are made, and a PNG written row by row."""

from __future__ import annotations

import math
import mmap
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ganstudio.workspace import replacing

LEAST = 100_000_000  # bytes of pixels; to encode them Pillow takes up to twice as much again
_STRIP = 64  # rows that are filtered at a time
_LEVEL = 4  # of zlib: 6 takes three times as long for 2 % less
_SUB = 1  # the filter: what differs from the pixel to the left
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixel_array(shape: tuple[int, int, int], scratch: Path, least: int = LEAST) -> NDArray[np.uint8]:
    """An array for pixels [H, W, C]: in memory, and of a giant picture in a file in `scratch` that goes with it."""
    if math.prod(shape) < least:
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)


def let_go(pixels: NDArray[np.uint8]) -> None:
    """Takes pixels that lie in a file out of this process's memory. They come back from the file when they are read."""
    owner: object = pixels
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def write_giant_png(path: Path, pixels: NDArray[np.uint8], small: bytes) -> None:
    """Writes a PNG of `pixels` [H, W, C] to `path`, whole or not at all.

    `small` is a PNG of some of its pixels, from which it takes everything else: colours, profile, texts.
    """
    chunks = list(_chunks(small))
    height, width, _ = pixels.shape
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(_SIGNATURE)
        for name, content in chunks:
            if name == b"IHDR":
                _write(file, name, struct.pack(">II", width, height) + content[8:])
            elif name == b"IDAT":
                for part in _compressed(pixels):
                    _write(file, name, part)
            else:
                _write(file, name, content)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk; of several IDAT, which a small picture has not, each."""
    place = len(_SIGNATURE)
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        yield content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        place += 12 + length


def _write(file: BinaryIO, name: bytes, content: bytes) -> None:
    file.write(struct.pack(">I", len(content)) + name + content)
    file.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(name))))


def _compressed(pixels: NDArray[np.uint8]) -> Iterator[bytes]:
    """The zlib stream of rows that each begin with the number of their filter: PNG, 3rd edition, 9 and 10."""
    packer = zlib.compressobj(_LEVEL)
    for top in range(0, len(pixels), _STRIP):
        strip = np.asarray(pixels[top : top + _STRIP])
        rows = np.empty((len(strip), 1 + strip.shape[1] * strip.shape[2]), np.uint8)
        flat = strip.reshape(len(strip), -1)
        rows[:, 0] = _SUB
        rows[:, 1:] = flat
        rows[:, 1 + strip.shape[2] :] -= flat[:, : -strip.shape[2]]
        if part := packer.compress(rows.tobytes()):
            yield part
        let_go(pixels)
    yield packer.flush()
