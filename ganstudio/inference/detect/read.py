"""The metadata of any picture or film: its format is told by its first bytes, and no pixel of it is decoded."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from ganstudio.data.manifest import UnreadableError
from ganstudio.inference.detect import boxes, gif, jpeg, others, png, tiff, webp
from ganstudio.inference.detect.bounded import BoundedFile, Budget
from ganstudio.inference.detect.metadata import Metadata

_HEAD = 32  # bytes that tell the format


def read_metadata(path: Path) -> Metadata:
    """What the file at `path` carries besides pixels.

    A damaged file gives what stands before the damage, with a note.

    Raises:
        UnreadableError: it is no picture, or cannot be opened.
    """
    try:
        # a pipe would be waited for, a device be read for ever
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError("no regular file")
        with path.open("rb") as file:
            return _read(path, file)
    except OSError as error:
        broken = path.is_symlink() and not path.exists()
        raise UnreadableError("a broken link" if broken else error.strerror or str(error)) from None


def _read(path: Path, stream: BinaryIO) -> Metadata:
    file = BoundedFile(stream, path.stat().st_size, Budget())
    if not file.size:
        raise UnreadableError("empty")
    found = Metadata(_format(path, file))
    with found.noting():
        match found.format:
            case "png":
                png.read_png(file, found)
            case "jpeg":
                jpeg.read_jpeg(file, found)
            case "webp":
                webp.read_webp(file, found)
            case "gif":
                gif.read_gif(file, found)
            case "tiff":
                tiff.read_tiff(file, found)
            case "mp4" | "mov":
                boxes.read_boxes(file, found)
            case "avif" | "heic":
                boxes.read_boxes(file, found)
                others.scan(file, found)
            case "npz":
                others.read_npz(file, found)
            case _:
                others.scan(file, found)
    return found


def _format(path: Path, file: BoundedFile) -> str:
    """The format by the first bytes. Raises UnreadableError: no picture."""
    head = file.read(0, min(file.size, _HEAD))
    if head.startswith(png.SIGNATURE):
        return "png"
    if head.startswith(jpeg.SIGNATURE):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(gif.SIGNATURES):
        return "gif"
    if head[:4] in tiff.ORDERS:
        return "tiff"
    if head[4:8] == boxes.MARK:
        return boxes.format_of(head[8:12])
    if head.startswith(others.ZIP):
        if others.is_npz(file):
            return "npz"
        raise UnreadableError("no image")
    return _other_format(path)


def _other_format(path: Path) -> str:
    """Pillow's name of a format that has no reader here. Raises UnreadableError."""
    from ganstudio.data.decode import open_image
    from ganstudio.data.sources.source import Location

    with open_image(Location(str(path))) as image:
        return (image.format or "").lower()
