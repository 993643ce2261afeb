"""Metadata of a PNG: its text chunks, XMP, EXIF and content credentials. W3C PNG, third edition, 11.3."""

from __future__ import annotations

import struct

from ganstudio.inference.detect.bounded import BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata
from ganstudio.inference.detect.tiff import read_exif
from ganstudio.inference.provenance import XMP_KEY

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_CREDENTIALS = b"caBX"  # C2PA specification, on embedding manifests
_READ = (*_TEXTS, b"eXIf", _CREDENTIALS)


def read_png(file: BoundedFile, found: Metadata) -> None:
    """Reads all chunks but the picture's own. Raises UnfinishedError."""
    at = len(SIGNATURE)
    while True:
        length, name = struct.unpack(">I4s", file.read(at, 8))
        if name in _READ:
            with found.noting():
                _take(file, found, name, file.read(at + 8, min(length, file.size - at - 8)))
        if name == b"IEND":
            return
        at += 12 + length


def _take(file: BoundedFile, found: Metadata, name: bytes, content: bytes) -> None:
    if name == b"eXIf":
        read_exif(file, content, found)
    elif name == _CREDENTIALS:
        found.add_credentials(content)
    else:
        key, value = _text(file, name, content)
        if key == XMP_KEY:
            found.xmp.append(value)
        else:
            # tEXt and zTXt are Latin-1; several programs write UTF-8 all the same
            found.add_text("PNG text", key, _decoded(value))


def _text(file: BoundedFile, name: bytes, content: bytes) -> tuple[str, bytes]:
    """Key and value of a text chunk, unpacked. Raises UnfinishedError."""
    key, _, rest = content.partition(b"\0")
    if name == b"tEXt":
        value = rest
    elif name == b"zTXt":
        value = file.inflate(rest[1:])
    else:
        packed, (_, _, value) = rest[:1] == b"\1", _three(rest[2:])
        value = file.inflate(value) if packed else value
    return key.decode("latin-1"), value


def _three(content: bytes) -> list[bytes]:
    """Language, translated key and text. Raises UnfinishedError."""
    parts = content.split(b"\0", 2)
    if len(parts) < 3:
        raise UnfinishedError("a text in it is damaged")
    return parts


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
