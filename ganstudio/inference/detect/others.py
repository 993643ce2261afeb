"""Metadata of an npz, which is in its zip's comment; of formats that have no reader here, the XMP."""

from __future__ import annotations

from ganstudio.inference.detect.bounded import LARGEST_TEXT, BoundedFile, UnfinishedError
from ganstudio.inference.detect.metadata import Metadata

ZIP = b"PK\x03\x04"
_ZIP_END, _ZIP_END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_BEGIN, _END = b"<x:xmpmeta", b"</x:xmpmeta>"


def is_npz(file: BoundedFile) -> bool:
    """Whether the first member of a zip is an array."""
    try:
        length = int.from_bytes(file.read(26, 2), "little")
        return file.read(30, length).endswith(b".npy")
    except UnfinishedError:
        return False


def read_npz(file: BoundedFile, found: Metadata) -> None:
    """Reads the comment, which ends the file; no member is looked into. Raises UnfinishedError."""
    count = min(file.size, _ZIP_END_BYTES + _LONGEST_COMMENT)
    tail = file.read(file.size - count, count)
    at = tail.rfind(_ZIP_END)
    if at < 0:
        found.note("it is cut short")
    elif comment := tail[at + _ZIP_END_BYTES :]:
        found.add_text("comment", "comment", comment.decode("utf-8", "replace"))


def scan(file: BoundedFile, found: Metadata) -> None:
    """Searches the first LARGEST_TEXT bytes for XMP, which stands unpacked in most formats. Raises UnfinishedError.

    XMP specification, part 3, on packet scanning.
    """
    content = file.read(0, min(file.size, LARGEST_TEXT))
    begin = content.find(_BEGIN)
    end = content.find(_END, begin)
    if 0 <= begin < end:
        found.xmp.append(content[begin : end + len(_END)])
    searched = "" if file.size <= LARGEST_TEXT else f" in its first {LARGEST_TEXT // 1_000_000} MB"
    found.note(f"of {found.format} only XMP is looked for{searched}")
