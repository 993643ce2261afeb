"""Metadata of a WebP, a still or a film: the chunks EXIF, XMP and C2PA. RFC 9649, 2.7."""

from __future__ import annotations

import struct

from ganstudio.inference.detect.bounded import BoundedFile
from ganstudio.inference.detect.metadata import Metadata
from ganstudio.inference.detect.tiff import read_exif

_EXIF = b"Exif\0\0"  # which some programs leave before EXIF, as in a JPEG


def read_webp(file: BoundedFile, found: Metadata) -> None:
    """Reads all chunks but the pictures'. Raises UnfinishedError."""
    at, end = 12, min(file.size, 8 + int.from_bytes(file.read(4, 4), "little"))
    while at < end:
        name, length = struct.unpack("<4sI", file.read(at, 8))
        if name in (b"EXIF", b"XMP ", b"C2PA"):
            with found.noting():
                _take(file, found, name, file.read(at + 8, length))
        at += 8 + length + length % 2
    if at > file.size:
        found.note("it is cut short")


def _take(file: BoundedFile, found: Metadata, name: bytes, content: bytes) -> None:
    if name == b"EXIF":
        read_exif(file, content.removeprefix(_EXIF), found)
    elif name == b"XMP ":
        found.xmp.append(content)
    else:
        found.add_credentials(content)
