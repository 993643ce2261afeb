"""Metadata of a JPEG: its application segments and comments, up to where the picture begins."""

from __future__ import annotations

from ganstudio.inference.detect.bounded import BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata
from ganstudio.inference.detect.tiff import read_exif

SIGNATURE = b"\xff\xd8\xff"
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"  # what one segment has no room for
_MORE_HEAD = 32 + 4 + 4  # its digest, its length and the place of this part
_BOXES = b"JP"  # C2PA manifests are boxes in APP11 (ISO/IEC 19566-5, D.2): each segment repeats the head of its box
_APP1, _APP11, _COMMENT, _SCAN, _END = 0xE1, 0xEB, 0xFE, 0xDA, 0xD9
_BARE = (0x01, *range(0xD0, 0xD9))  # markers that no length follows


def read_jpeg(file: BoundedFile, found: Metadata) -> None:
    """Reads the segments before the first scan. Raises UnfinishedError."""
    at, more_xmp = 2, {}
    while True:
        begin, code = file.read(at, 2)
        if begin != 0xFF:
            raise UnfinishedError("it is damaged")
        if code == 0xFF:  # filled up
            at += 1
            continue
        if code in (_SCAN, _END):
            break
        if code in _BARE:
            at += 2
            continue
        length = int.from_bytes(file.read(at + 2, 2))
        if code in (_APP1, _APP11, _COMMENT):
            content = file.read(at + 4, max(0, length - 2))
            if content.startswith(_MORE_XMP):
                rest = content[len(_MORE_XMP) :]
                more_xmp[int.from_bytes(rest[36:40])] = rest[_MORE_HEAD:]
            else:
                with found.noting():
                    _take(file, found, code, content)
        at += 2 + max(2, length)
    if more_xmp:
        found.xmp.append(b"".join(more_xmp[place] for place in sorted(more_xmp)))


def _take(file: BoundedFile, found: Metadata, code: int, content: bytes) -> None:
    if code == _COMMENT:
        found.add_text("comment", "comment", content.decode("utf-8", "replace"))
    elif code == _APP11 and content.startswith(_BOXES):
        first = int.from_bytes(content[4:8]) <= 1
        found.add_credentials(content[8:] if first else content[16:])
    elif content.startswith(_EXIF):
        read_exif(file, content[len(_EXIF) :], found)
    elif content.startswith(_XMP):
        found.xmp.append(content[len(_XMP) :])
