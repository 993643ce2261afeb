"""A picture file in the size and channels of a model, fitted as `data add` fits, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.decode import Fit, Header, PixelFormat, decode, read_header
from ganstudio.data.sources.source import Location

_HOW = {"crop": "cropped and scaled", "pad": "scaled and padded", "stretch": "scaled to that, whatever its sides"}
_CLEAR = ("LA", "PA", "RGBA")
_GREY = ("1", "L", "LA", "F")


WHITE = (255, 255, 255)


def fitted(
    path: Path, shape: tuple[int, ...], fit: Fit = "crop", background: tuple[int, int, int] = WHITE
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels [H, W, C] of the picture at `path` for a model of images `shape` (C, H, W), and what is said of it.

    Raises UnreadableError where it is no picture.
    """
    channels, height, width = shape
    location = Location(str(path))
    header = read_header(location)
    pixels = decode(location, PixelFormat((height, width), channels, fit, background))
    return pixels, tuple(_notes(header, channels, (width, height), fit))


def to_images(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images [N, C, H, W] in [-1, 1] of pixels [N, H, W, C]."""
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1)


def _notes(header: Header, channels: int, size: tuple[int, int], fit: Fit) -> Iterator[str]:
    mode, (width, height) = header.mode or "", header.size or size
    grey = mode in _GREY or mode.startswith("I")
    if (width, height) != size:
        proportional = width * size[1] == height * size[0]
        how = "scaled" if proportional else _HOW[fit]
        yield f"{width}x{height} px, {how}: the model draws {size[0]}x{size[1]}"
    if channels == 1 and not grey:
        yield "in colour: the model draws grey, and is shown it as grey"
    if channels > 1 and grey:
        yield "grey: the model draws colours, and is shown three equal ones"
    if channels < 4 and mode in _CLEAR:
        yield "transparent: the model draws what is opaque, and is shown it over the background"
