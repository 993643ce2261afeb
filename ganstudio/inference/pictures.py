"""Pictures as files: PNG and WebP without loss, JPEG, and npz for programs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.pixels import png
from ganstudio.inference.provenance import XMP_KEY, comment, xmp_packet
from ganstudio.workspace import replacing, write_atomic

SUFFIXES = {"png": (".png",), "webp": (".webp",), "jpeg": (".jpg", ".jpeg"), "npz": (".npz",)}  # by format
FILMS = {"gif": (".gif",), "mp4": (".mp4",)}  # of clips and voxel grids, see animation.py
LONGEST_SIDE = {"webp": 16383, "jpeg": 65500}  # pixels that the format, or its library, takes
JPEG_QUALITY = 95


def write_picture(path: Path, pixels: NDArray[np.uint8], words: dict[str, str], kind: str) -> None:
    """Writes a picture to `path`, whole or not at all: see `picture`."""
    write_atomic(path, picture(pixels, words, kind))


def picture(pixels: NDArray[np.uint8], words: dict[str, str], kind: str) -> bytes:
    """The file of a picture, of `pixels` [H, W, C] (C 1, 3 or 4); equal input, equal bytes.

    `kind` is png, webp or jpeg, which holds no transparency: its pictures are laid over white. `words` are
    `provenance.picture_words`, or nothing for a picture without metadata.
    """
    from PIL import Image

    if kind == "png":
        return png(pixels, words | {XMP_KEY: xmp_packet()} if words else {})
    if kind == "jpeg":
        pixels = over(pixels, WHITE)
    # without `exact` the colours under full transparency are the encoder's own
    how = {"lossless": True, "exact": True} if kind == "webp" else {"quality": JPEG_QUALITY, "subsampling": 0}
    xmp = {"xmp": xmp_packet(words).encode()} if words else {}
    content = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(content, kind, **how, **xmp)
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
