"""A picture in a mode that can be averaged, and its numbers in 8 bits."""

from __future__ import annotations

from typing import cast

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from ganstudio.data.colour import grey_curve, in_srgb
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.ranges import TOLERANCE

WORDS = 65535  # the largest number that a picture may hold
_BITS, _PHOTOMETRIC = 0x0102, 0x0106  # tags of TIFF


def resizable(image: Image.Image) -> Image.Image:
    """`image` in sRGB and in a mode that can be averaged: L, LA, RGB, RGBA, or I and F of more than 8 bits."""
    if image.mode.startswith("I"):
        return image.convert("I")
    if image.mode == "F":
        return image
    if image.mode not in ("L", "LA", "RGB", "RGBA") or "transparency" in image.info:
        image = _in_plain_mode(image)
    if image.mode not in ("L", "LA"):
        return in_srgb(image)
    if (curve := grey_curve(image)) is None:
        return image
    return image.point([*curve.tolist(), *(range(256) if image.mode == "LA" else ())])


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """`image` as L, LA, RGB or RGBA: palettes, bits, the colours of printers, one colour that is transparent."""
    if image.has_transparency_data:
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return in_srgb(image).convert("L" if image.mode == "1" else "RGB")


def eight_bit(small: Image.Image, whole: Image.Image, highest: float | None) -> Image.Image:
    """`small` in 8 bits. 16-bit grey has its full range; other numbers reach to 1, 255 or 65535, as `highest` needs."""
    if small.mode not in ("I", "F"):
        return small
    values = np.asarray(small, np.float32)
    full = full_scale(whole)
    low, high = (0.0, full) if full else cast("tuple[float, float]", whole.getextrema())
    if not np.isfinite(values).all() or low < -TOLERANCE or high > WORDS:
        raise UnreadableError(f"its pixels are numbers from {low:g} to {high:g}; only 0 to 65535 can be read")
    most = high if highest is None else max(high, highest)
    top = full or next((limit for limit in (1, 255) if most <= limit * (1 + TOLERANCE)), WORDS)
    if full and _is_negative(whole):
        values = full - values
    levels = np.clip(values * (255 / top), 0, 255)
    if (curve := grey_curve(whole)) is not None:
        levels = np.interp(levels, np.arange(256), curve)
    return Image.fromarray(np.rint(levels).astype(np.uint8))


def full_scale(image: Image.Image) -> float | None:
    """The value of white, where the file declares it: 16 bits; PGM, whose maximum Pillow has scaled to 16 bits."""
    if isinstance(image, TiffImageFile) and image.tag_v2.get(_BITS) == (12,):
        return 4095.0
    deep = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    return 65535.0 if deep else None


def _is_negative(image: Image.Image) -> bool:
    """Whether 0 is white, which Pillow minds in TIFFs of 8 bits and forgets in those of more."""
    return isinstance(image, TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == 0
