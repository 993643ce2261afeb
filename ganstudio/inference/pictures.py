"""Pictures as files: PNG and WebP without loss, JPEG, and npz for programs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.pixels import png
from ganstudio.inference.provenance import XMP_KEY, comment, xmp_of_made, xmp_packet
from ganstudio.workspace import replacing, write_atomic

SUFFIXES = {"png": (".png",), "webp": (".webp",), "jpeg": (".jpg", ".jpeg"), "npz": (".npz",)}  # by format
FILMS = {"gif": (".gif",), "mp4": (".mp4",)}  # of clips and voxel grids, see animation.py
LONGEST_SIDE = {"webp": 16383, "jpeg": 65500}  # pixels that the format, or its library, takes
JPEG_QUALITY = 95


@dataclass(frozen=True)
class Carried:
    """What a picture takes over from the one that it was made of: its ICC profile, EXIF and XMP; b"" for none."""

    profile: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""


def write_picture(path: Path, pixels: NDArray[np.uint8], words: dict[str, str], kind: str) -> None:
    """Writes a picture to `path`, whole or not at all: see `picture`."""
    write_atomic(path, picture(pixels, words, kind))


def picture(pixels: NDArray[np.uint8], words: dict[str, str], kind: str, carried: Carried | None = None) -> bytes:
    """The file of a picture, of `pixels` [H, W, C] (C 1 or 3; 2 or 4 with alpha); equal input, equal bytes.

    `kind` is png, webp or jpeg, which holds no transparency: its pictures are laid over white. `words` are
    `provenance.picture_words`, or nothing for a picture without metadata; of a picture that was made of another, which
    `carried` is from, they are `words_of_made`.
    """
    from PIL import Image

    taken = {} if carried is None else {"icc_profile": carried.profile, "exif": carried.exif}
    taken = {name: content for name, content in taken.items() if content}
    if kind == "png":
        xmp = xmp_packet(words) if carried is None else xmp_of_made(words, carried.xmp).decode("utf-8", "replace")
        return png(pixels, words | {XMP_KEY: xmp} if words else {}, **taken)
    if kind == "jpeg":
        pixels = over(pixels if pixels.shape[2] != 2 else pixels[..., [0, 0, 0, 1]], WHITE)
    # without `exact` the colours under full transparency are the encoder's own
    how = {"lossless": True, "exact": True} if kind == "webp" else {"quality": JPEG_QUALITY, "subsampling": 0}
    if words:
        taken["xmp"] = (
            xmp_packet(words, whole=True).encode() if carried is None else xmp_of_made(words, carried.xmp, whole=True)
        )
    content = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(content, kind, **how, **taken)
    return content.getvalue()


def write_npz(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    seeds: Sequence[int],
    labels: Sequence[int] | None,
    words: dict[str, str],
) -> None:
    """Writes an npz to `path`, whole or not at all. Holds one picture at a time; equal input gives equal bytes.

    Arrays: `images` uint8 [N, H, W, C], or [N, T|D, H, W, C]; `seeds` int64 [N]; `labels` int64 [N] where there are
    classes. The zip's comment holds `words` as JSON.
    """
    import zipfile

    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.comment = comment(words).encode() if words else b""
        numbers = {"seeds": seeds} | ({} if labels is None else {"labels": labels})
        for name, values in numbers.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                npy.write_array(member, np.asarray(values, np.int64))
        with archive.open(zipfile.ZipInfo("images.npy"), "w", force_zip64=True) as member:
            for index, picture in enumerate(pictures):
                if index == 0:
                    shape = (len(seeds), *picture.shape)
                    npy.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})
                member.write(picture.tobytes())
