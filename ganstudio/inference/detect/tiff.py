"""Metadata of a TIFF, and of EXIF, which is one: the texts of its first directory and of the photograph's."""

from __future__ import annotations

import io

from ganstudio.inference.detect.bounded import BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata

ORDERS = {b"II*\0": "little", b"MM\0*": "big"}  # byte order, by how a file begins
_TEXTS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x013B: "Artist"}
_USER_COMMENT, _DETAILS = 0x9286, 0x8769
_XMP = 0x02BC  # XMP specification, part 3, on TIFF
_CREDENTIALS = 0xCD41
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4}  # bytes a value, by its type; others are not read here
_MOST_ENTRIES = 1000
_CHARACTERS = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", bytes(8): "utf-8"}  # EXIF 2.3, UserComment


def read_exif(file: BoundedFile, content: bytes, found: Metadata) -> None:
    """Reads EXIF that stands in `file`. Raises UnfinishedError."""
    read_tiff(BoundedFile(io.BytesIO(content), len(content), file.budget), found)


def read_tiff(file: BoundedFile, found: Metadata) -> None:
    """Raises UnfinishedError."""
    order = ORDERS.get(file.read(0, 4))
    if order is None:
        raise UnfinishedError("its EXIF is damaged")
    begin = int.from_bytes(file.read(4, 4), order)  # type: ignore[arg-type]
    details = _read_directory(file, begin, order, found)
    if details is not None:
        _read_directory(file, details, order, found)


def _read_directory(file: BoundedFile, at: int, order: str, found: Metadata) -> int | None:
    """Takes what one directory tells; where that of the photograph is, if it says."""

    def number(content: bytes) -> int:
        return int.from_bytes(content, order)  # type: ignore[arg-type]

    details = None
    count = number(file.read(at, 2))
    if count > _MOST_ENTRIES:
        raise UnfinishedError("its EXIF is damaged")
    for place in range(at + 2, at + 2 + 12 * count, 12):
        entry = file.read(place, 12)
        tag, size = number(entry[:2]), _SIZES.get(number(entry[2:4]), 0) * number(entry[4:8])
        if tag == _DETAILS:
            details = number(entry[8:12])
        elif tag in (*_TEXTS, _USER_COMMENT, _XMP, _CREDENTIALS):
            with found.noting():
                _take(found, tag, entry[8 : 8 + size] if size <= 4 else file.read(number(entry[8:12]), size), order)
    return details


def _take(found: Metadata, tag: int, content: bytes, order: str) -> None:
    if tag == _XMP:
        found.xmp.append(content)
    elif tag == _CREDENTIALS:
        found.add_credentials(content)
    elif tag == _USER_COMMENT:
        found.add_text("EXIF", "UserComment", _comment(content, order))
    else:
        found.add_text("EXIF", _TEXTS[tag], content.split(b"\0")[0].decode("utf-8", "replace").strip())


def _comment(content: bytes, order: str) -> str:
    """A comment, whose first eight bytes name its characters; programs differ in the byte order of UTF-16."""
    characters, text = _CHARACTERS.get(content[:8], "utf-8"), content[8:]
    if characters == "utf-16":
        zeros = text[:400:2].count(0), text[1:400:2].count(0)
        first = order == "big" if zeros[0] == zeros[1] else zeros[0] > zeros[1]
        characters = "utf-16-be" if first else "utf-16-le"
    return text.decode(characters, "replace").strip("\0 ")
