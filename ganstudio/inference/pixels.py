"""From what a network answers to what a person sees: quantization, grids, PNG files."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import StudioError
from ganstudio.inference.provenance import XMP_KEY
from ganstudio.workspace import write_atomic


def to_pixels(images: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Pixels uint8 [N, H, W, C] of images [N, C, H, W] in [-1, 1]; [N, T|D, H, W, C] of clips and voxel grids.

    clip(round((x + 1) * 127.5), 0, 255) in float32, halves to even: 0 becomes 128. torch.round does the same, so that a
    score computed by torch and a file written here can see the same bytes.

    Raises:
        StudioError: an image holds NaN, which no grey may hide.
    """
    scaled = (images.astype(np.float32) + 1) * np.float32(127.5)
    if np.isnan(scaled).any():
        count = int(np.isnan(scaled).reshape(len(images), -1).any(1).sum())
        raise StudioError(
            f"{count} of {len(images)} images hold NaN: the generator's weights or activations overflowed."
        )
    pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(pixels, 1, -1))


def strips(pixels: NDArray[np.uint8], most: int | None = None) -> NDArray[np.uint8]:
    """Flat pictures [N, H, W, C] of what may have a depth: [N, T|D, H, W, C] becomes [N, H, n * W, C].

    The frames of a clip, or the slices of a voxel grid, stand in a row: all, or `most` of them, evenly spaced.
    """
    if pixels.ndim == 4:
        return pixels
    depth = pixels.shape[1]
    parts = depth if most is None else min(depth, most)
    rows = (2 * np.arange(parts) + 1) * depth // (2 * parts)  # the middle of each part
    count, _, height, width, channels = pixels.shape
    return pixels[:, rows].swapaxes(1, 2).reshape(count, height, len(rows) * width, channels)


def square(count: int) -> int:
    """Columns that make a grid of `count` tiles as square as it gets, never wider than high by more than one row."""
    return max(1, math.ceil(math.sqrt(count)))


def sheet_size(image_shape: tuple[int | str, ...], classes: int, count: int, film: bool = False) -> tuple[int, int]:
    """(columns, rows) of a grid of `count` pictures: a column a class where they walk through few of them, else square.

    The strips of clips and voxel grids, whose `image_shape` is (C, T|D, H, W), stand below each other; not in a `film`.
    """
    flat = film or len(image_shape) == 3
    columns = 1 if not flat else classes if 1 < classes <= 16 and count > classes else square(count)
    return columns, -(-count // columns)


def grid(pixels: NDArray[np.uint8], columns: int, rows: int | None = None) -> NDArray[np.uint8]:
    """One picture uint8 [rows * H, columns * W, C] of tiles [N, H, W, C], row by row, without gaps.

    `rows` is as many as the tiles need unless given; places without a tile are black.
    """
    count, height, width, channels = pixels.shape
    rows = math.ceil(count / columns) if rows is None else rows
    if rows * columns < count:
        raise ValueError(f"{count} tiles do not fit {columns} x {rows}")
    picture = np.zeros((rows * columns, height, width, channels), np.uint8)
    picture[:count] = pixels
    picture = picture.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return picture.reshape(rows * height, columns * width, channels)


def write_png(path: Path, pixels: NDArray[np.uint8], metadata: dict[str, str]) -> None:
    """Writes a PNG of `pixels` [H, W, C] (C 1, 3 or 4) to `path`, whole or not at all: see `png`."""
    write_atomic(path, png(pixels, metadata))


def png(pixels: NDArray[np.uint8], metadata: dict[str, str], **carried: bytes) -> bytes:
    """A PNG of `pixels` [H, W, C] (C 1 or 3; 2 or 4 with alpha); equal input gives equal bytes.

    `metadata` becomes text chunks: tEXt, or iTXt where a value is not Latin-1 and for XMP, which is looked for nowhere
    else. `carried` is what Pillow has places of its own for: icc_profile, exif.
    """
    from PIL import Image, PngImagePlugin

    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4):
        raise ValueError(f"a PNG takes pixels [H, W, 1 to 4]; got {list(pixels.shape)}")
    text = PngImagePlugin.PngInfo()
    for key, value in metadata.items():
        (text.add_itxt if key == XMP_KEY else text.add_text)(key, value)
    content = io.BytesIO()
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image.save(content, "PNG", pnginfo=text, **carried)
    return content.getvalue()
