"""One picture file into pixels: upright, flattened over a background, 8 bits, square."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

Fit = Literal["crop", "pad", "stretch"]

MEGAPIXELS = 89  # Pillow's own limit; eight bytes a pixel keep a worker under a gigabyte
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
    *("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000", "TGA", "ICO", "ICNS"),
    *("PCX", "DDS", "SGI", "QOI", "PSD", "SUN"),
)


class Unreadable(Exception):
    """A file that is skipped, and why."""


@dataclass(frozen=True)
class Look:
    """How every picture of a data set is to come out."""

    size: int
    channels: int
    fit: Fit
    background: tuple[int, int, int]


class Glance(NamedTuple):
    short_side: int
    grey: bool


def glance(path: Path, background: tuple[int, int, int]) -> Glance:
    """What a file's header tells: how short its short side is, and whether it is grey over `background`.

    Raises Unreadable.
    """
    with _opened(path) as image:
        grey_mode = image.mode in ("1", "L", "F") or image.mode.startswith("I")
        over_grey = len(set(background)) == 1 or not image.has_transparency_data
        return Glance(min(image.size), (grey_mode or image.mode == "LA") and over_grey)


def decode(path: Path, look: Look) -> NDArray[np.uint8]:
    """Pixels [size, size, channels] of the first frame of the file at `path`. Raises Unreadable."""
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
    """The file's image, not decoded yet; what goes wrong with it, inside too, is raised as Unreadable."""
    try:
        if not path.is_file():
            raise Unreadable("a broken link" if path.is_symlink() else "no regular file")
        if path.stat().st_size == 0:
            raise Unreadable("empty")
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > Image.MAX_IMAGE_PIXELS:
                raise Unreadable(f"too large: {width} x {height} pixels, over {MEGAPIXELS} megapixels")
            yield image
    except Unreadable:
        raise
    except UnidentifiedImageError:
        raise Unreadable("no image") from None
    except PermissionError:
        raise Unreadable("may not be read") from None
    except Image.DecompressionBombError:
        raise Unreadable(f"too large: over {2 * MEGAPIXELS} megapixels") from None
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        raise Unreadable(f"damaged: {error or type(error).__name__}") from None


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(_ORIENTATION)
    except Exception:  # camera notes that are damaged are no reason to lose the picture
        return None


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
    """`small` as L where it has more bits: 16-bit grey is divided by 256, floats reach to 1 or, where `whole` has more, 255."""
    if small.mode == "I":
        return Image.fromarray((np.clip(np.asarray(small), 0, 65535) >> 8).astype(np.uint8))
    if small.mode != "F":
        return small
    values = np.asarray(small)
    low, high = whole.getextrema()
    if not np.isfinite(values).all() or low < 0 or high > 255:
        raise Unreadable(f"its pixels are floats from {low:g} to {high:g}; 0 to 1 or 0 to 255 can be read")
    return Image.fromarray(np.clip(np.rint(values * 255 if high <= 1 else values), 0, 255).astype(np.uint8))


def _flat(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    backdrop = Image.new("RGBA", image.size, (*background, 255))
    return Image.alpha_composite(backdrop, image.convert("RGBA")).convert("RGB")
