"""Metadata of a GIF: its comments, and the extensions for XMP and content credentials. GIF89a specification."""

from __future__ import annotations

from ganstudio.inference.detect.bounded import BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata

SIGNATURES = (b"GIF87a", b"GIF89a")
_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_XMP, _TRAILER = b"XMP DataXMP", 258  # XMP specification, part 3, 1.1.2: the packet whole, then 258 bytes
_CREDENTIALS = b"C2PA_GIF"


def read_gif(file: BoundedFile, found: Metadata) -> None:
    """Reads all blocks but the pictures'. Raises UnfinishedError."""
    at = 13 + _palette(file.read(10, 1)[0])
    while True:
        kind = file.read(at, 1)[0]
        if kind == _END:
            return
        if kind == _IMAGE:
            data = at + 10 + _palette(file.read(at + 9, 1)[0]) + 1
            at = _end_of_blocks(file, data)
        elif kind == _EXTENSION:
            at = _extension(file, found, at)
        else:
            raise UnfinishedError("it is damaged")


def _palette(flags: int) -> int:
    """Bytes of the palette that a descriptor announces."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(file: BoundedFile, at: int) -> int:
    """Where the blocks that begin at `at` end: each has its length before it, the last is empty."""
    while length := file.read(at, 1)[0]:
        at += 1 + length
    return at + 1


def _extension(file: BoundedFile, found: Metadata, at: int) -> int:
    """Takes what an extension tells, and returns where it ends."""
    label, first = file.read(at + 1, 2)
    end = _end_of_blocks(file, at + 2)
    with found.noting():
        if label == _COMMENT:
            found.add_text("comment", "comment", _joined(file.read(at + 2, end - at - 2)).decode("utf-8", "replace"))
        elif label == _APPLICATION:
            name, begin = file.read(at + 3, first), at + 3 + first
            if name == _XMP:
                found.xmp.append(file.read(begin, max(0, end - begin - _TRAILER)))
            elif name.startswith(_CREDENTIALS):
                found.add_credentials(_joined(file.read(begin, end - begin)))
    return end


def _joined(blocks: bytes) -> bytes:
    """What the blocks hold, without their lengths."""
    parts, at = [], 0
    while at < len(blocks) and (length := blocks[at]):
        parts.append(blocks[at + 1 : at + 1 + length])
        at += 1 + length
    return b"".join(parts)
