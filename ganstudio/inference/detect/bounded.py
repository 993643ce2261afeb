"""A file that others wrote, of which a few pieces are read, at most so many and so large."""

from __future__ import annotations

import zlib
from typing import BinaryIO

LARGEST_TEXT = 16_000_000  # bytes of one text, unpacked: photo editors keep megabytes of their history in XMP
MOST_BYTES = 32_000_000  # of metadata read from one file, what is unpacked from it included
MOST_PIECES = 500_000  # reads: the chunks of a large PNG are tens of thousands, the blocks of a GIF more


class UnfinishedError(Exception):
    """Why a file was not read to its end: it is damaged, or holds more than is read."""


class Budget:
    """What is left of MOST_BYTES and MOST_PIECES."""

    def __init__(self) -> None:
        self._bytes, self._pieces = MOST_BYTES, MOST_PIECES

    def take(self, count: int) -> None:
        """Raises UnfinishedError where one more piece, of `count` bytes, is too much."""
        self._bytes -= count
        self._pieces -= 1
        if self._bytes < 0:
            raise UnfinishedError(f"it has more than {MOST_BYTES // 1_000_000} MB of metadata: the rest was not read")
        if self._pieces < 0:
            raise UnfinishedError(f"it has more than {MOST_PIECES:,} parts: the rest was not read")


class BoundedFile:
    """Random access to a file, or to a part of one, within a budget that they share."""

    def __init__(self, file: BinaryIO, size: int, budget: Budget) -> None:
        self._file, self.size, self.budget = file, size, budget

    def read(self, offset: int, count: int) -> bytes:
        """Exactly `count` bytes from `offset` on.

        Raises UnfinishedError where the file ends before, the budget does, or `count` is over LARGEST_TEXT.
        """
        if count > LARGEST_TEXT:
            raise UnfinishedError(f"a part of it is over {LARGEST_TEXT // 1_000_000} MB, and was not read")
        self.budget.take(count)
        self._file.seek(offset)
        content = self._file.read(count)
        if len(content) < count:
            raise UnfinishedError("it is cut short")
        return content

    def inflate(self, content: bytes) -> bytes:
        """`content` unpacked by zlib. Raises UnfinishedError: damaged, or over LARGEST_TEXT."""
        stream = zlib.decompressobj()
        try:
            unpacked = stream.decompress(content, LARGEST_TEXT)
        except zlib.error:
            raise UnfinishedError("a packed text in it is damaged") from None
        self.budget.take(len(unpacked))
        if stream.unconsumed_tail:
            raise UnfinishedError(f"a packed text in it is over {LARGEST_TEXT // 1_000_000} MB, and was not read")
        return unpacked
