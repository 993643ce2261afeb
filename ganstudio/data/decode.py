"""One picture file into pixels: upright, flattened over a background, 8 bits, square."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

Fit = Literal["crop", "pad", "stretch"]

# A worker stays under a gigabyte: most formats take up to 8 bytes a pixel, WebP 16 and JPEG 2000 19.
MEGAPIXELS = 89
_HUNGRY_MEGAPIXELS = {"WEBP": 48, "JPEG2000": 48}
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# No EPS or WMF (they start other programs), no format that any text file passes for.
_FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000", "TGA", "ICO", "ICNS"),
    *("PCX", "DDS", "SGI", "QOI", "PSD", "SUN"),
)


class UnreadableError(Exception):
    """A file that is skipped, and why."""


@dataclass(frozen=True)
class Look:
    """How every picture of a data set is to come out."""

    size: int
    channels: int
    fit: Fit
    background: tuple[int, int, int]


class Glance(NamedTuple):
    """What a header tells; `size` (width, height), Pillow's mode and the format are kept to be counted."""

    short_side: int
    grey: bool
    size: tuple[int, int] | None = None
    mode: str | None = None
    format: str | None = None


def glance(path: Path) -> Glance:
    """What a file's header tells, before it is turned upright. Raises UnreadableError."""
    with _opened(path) as image:
        grey = image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")
        return Glance(min(image.size), grey, image.size, image.mode, image.format)


def decode(path: Path, look: Look) -> NDArray[np.uint8]:
    """Pixels [size, size, channels] of the first frame of the file at `path`. Raises UnreadableError."""
    with _opened(path) as image:
        # a JPEG decodes at an eighth to a half of its size where that leaves twice the pixels that are asked for
        image.draft(None, (2 * look.size, 2 * look.size))
        image.load()
        turn = _UPRIGHT.get(_orientation(image))
        small = _eight_bit(_scaled(_resizable(image), look), image)
    small = _flat(small, look.background)
    if turn is not None:
        small = small.transpose(turn)
    if small.size != (look.size, look.size):
        canvas = Image.new("RGB", (look.size, look.size), look.background)
        canvas.paste(small, ((look.size - small.width) // 2, (look.size - small.height) // 2))
        small = canvas
    pixels = np.asarray(small.convert("L" if look.channels == 1 else "RGB"))
    return pixels.reshape(look.size, look.size, look.channels)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The file's image, not decoded yet; what goes wrong with it, inside too, is raised as UnreadableError."""
    try:
        if not path.is_file():
            raise UnreadableError("a broken link" if path.is_symlink() else "no regular file")
        if path.stat().st_size == 0:
            raise UnreadableError("empty")
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_formats()) as image:
            width, height = image.size
            limit = _HUNGRY_MEGAPIXELS.get(image.format or "", MEGAPIXELS)
            if width * height > limit * 1_000_000:
                raise UnreadableError(f"too large: {width} x {height} pixels, over {limit} megapixels")
            yield image
    except UnreadableError:
        raise
    except UnidentifiedImageError:
        raise UnreadableError("no image") from None
    except PermissionError:
        raise UnreadableError("may not be read") from None
    except Image.DecompressionBombError:
        raise UnreadableError(f"too large: over {2 * MEGAPIXELS} megapixels") from None
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        raise UnreadableError(f"damaged: {error or type(error).__name__}") from None


@cache
def _formats() -> list[str]:
    """Those of _FORMATS that this build of Pillow has."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # camera notes that are damaged are no reason to lose the picture
        return 1


def _scaled(image: Image.Image, look: Look) -> Image.Image:
    """`image` at its final size, but for the bars of "pad"; resampled by antialiased Lanczos, alpha premultiplied."""
    width, height = image.size
    target, box = (look.size, look.size), (0.0, 0.0, float(width), float(height))
    match look.fit:
        case "crop":
            side = min(width, height)
            left, top = (width - side) / 2, (height - side) / 2
            box = (left, top, left + side, top + side)
        case "pad":
            scale = look.size / max(width, height)
            target = (max(1, round(width * scale)), max(1, round(height * scale)))
        case "stretch":
            pass
    return image.resize(target, Image.Resampling.LANCZOS, box)


def _resizable(image: Image.Image) -> Image.Image:
    """`image` in a mode that can be averaged: L, LA, RGB, RGBA, or I and F of more than 8 bits."""
    if image.mode.startswith("I"):
        return image.convert("I")
    if image.mode in ("L", "LA", "RGB", "RGBA", "F") and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bit(small: Image.Image, whole: Image.Image) -> Image.Image:
    """`small` in 8 bits. 16-bit grey has its full range; other numbers reach to 1, 255 or 65535, as `whole` needs."""
    if small.mode not in ("I", "F"):
        return small
    values = np.asarray(small, np.float32)
    low, high = (0.0, 65535.0) if whole.mode.startswith("I;16") else cast("tuple[float, float]", whole.getextrema())
    if not np.isfinite(values).all() or low < 0 or high > 65535:
        raise UnreadableError(f"its pixels are numbers from {low:g} to {high:g}; only 0 to 65535 can be read")
    top = next(limit for limit in (1, 255, 65535) if high <= limit)
    return Image.fromarray(np.clip(np.rint(values * (255 / top)), 0, 255).astype(np.uint8))


def _flat(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    backdrop = Image.new("RGBA", image.size, (*background, 255))
    return Image.alpha_composite(backdrop, image.convert("RGBA")).convert("RGB")
