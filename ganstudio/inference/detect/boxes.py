"""Metadata of the files that are made of boxes: MP4 and QuickTime films, AVIF and HEIC pictures. ISO/IEC 14496-12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ganstudio.inference.detect.bounded import BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata

MARK = b"ftyp"  # of the first box, at 4
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP specification, part 3, 1.2.7.1
_CREDENTIALS = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_BRANDS = {b"avif": "avif", b"avis": "avif", b"mif1": "heic", b"msf1": "heic", b"qt  ": "mov"}
_COMMENT = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")  # where ffmpeg leaves a film's comment
_QUICKTIME_XMP = (b"moov", b"udta", b"XMP_")
_SKIPPED = {b"meta": 4, b"data": 8}  # bytes before the content of such a box


class _Box(NamedTuple):
    name: bytes
    begin: int
    end: int


def format_of(brand: bytes) -> str:
    """avif, heic, mov or mp4, by the four letters after `ftyp`."""
    return "heic" if brand.startswith((b"hei", b"hev")) else _BRANDS.get(brand, "mp4")


def read_boxes(file: BoundedFile, found: Metadata) -> None:
    """Reads the boxes for XMP, credentials and a comment. Raises UnfinishedError."""
    for box in _boxes(file, 0, file.size):
        if box.name == b"uuid":
            kind, begin = file.read(box.begin, 16), box.begin + 16
            with found.noting():
                if kind == _XMP:
                    found.xmp.append(file.read(begin, box.end - begin))
                elif kind == _CREDENTIALS:
                    found.add_credentials(file.read(begin, box.end - begin))
        elif box.name == b"moov":
            for content in _at(file, box, _COMMENT[1:]):
                found.add_text("comment", "comment", content.decode("utf-8", "replace"))
            found.xmp += _at(file, box, _QUICKTIME_XMP[1:])


def _at(file: BoundedFile, outer: _Box, path: tuple[bytes, ...]) -> Iterator[bytes]:
    """The content of each box that `path` leads to from `outer`."""
    begin = outer.begin + _SKIPPED.get(outer.name, 0)
    if not path:
        yield file.read(begin, max(0, outer.end - begin))
        return
    for box in _boxes(file, begin, outer.end):
        if box.name == path[0]:
            yield from _at(file, box, path[1:])


def _boxes(file: BoundedFile, at: int, end: int) -> Iterator[_Box]:
    """The boxes between two places. Raises UnfinishedError."""
    while at + 8 <= end:
        head = file.read(at, 8)
        size, begin = int.from_bytes(head[:4]), at + 8
        if size == 1:
            size, begin = int.from_bytes(file.read(at + 8, 8)), at + 16
        last = end if size == 0 else at + size
        if last < begin:
            raise UnfinishedError("it is damaged")
        if last > end:
            raise UnfinishedError("it is cut short")
        yield _Box(head[4:], begin, last)
        at = last
