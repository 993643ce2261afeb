"""One picture file into pixels: upright, flattened over a background, 8 bits, square."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ganstudio.data.archives import read_member
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.parallel import taking_memory
from ganstudio.data.readers import Where

Fit = Literal["crop", "pad", "stretch"]

# Bytes that a picture takes while it is decoded and scaled: itself and a copy with alpha premultiplied, or more.
_BYTES_A_PIXEL = {"WEBP": 16, "JPEG2000": 19}
_BYTES_A_PIXEL_ELSE = 8
# 171 megapixels in most formats: with the processes themselves that stays below two gigabytes.
LARGEST_BYTES = 1_370_000_000
_NO_WAIT_BYTES = 8_000_000
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


def glance(where: Where) -> Glance:
    """What a file's header tells, before it is turned upright. Raises UnreadableError."""
    with _opened(where) as image:
        grey = image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")
        return Glance(min(image.size), grey, image.size, image.mode, image.format)


def decode(where: Where, look: Look) -> NDArray[np.uint8]:
    """Pixels [size, size, channels] of the first frame of the file at `where`. Raises UnreadableError."""
    with _opened(where) as image:
        # a JPEG decodes at an eighth to a half of its size where that leaves twice the pixels that are asked for
        image.draft(None, (2 * look.size, 2 * look.size))
        with _in_turn(image):
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            small = _eight_bit(_scaled(_resizable(image), look), image)
    return _finished(small if turn is None else small.transpose(turn), look)


def framed(height: int, width: int, size: int) -> bool:
    """Whether images stored as numbers get a border to be `size` pixels a side, where others are resized."""
    return max(height, width) <= size <= min(height, width) * 8 / 7


def fitted(rows: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """Pixels [n, size, size, channels] of images stored as numbers, [n, H, W, C].

    Those that miss the size by an eighth or less, as 28 px digits miss 32, get a border of zeros and are never resized.
    """
    _, height, width, channels = rows.shape
    nearly = framed(height, width, look.size)
    if nearly and channels == look.channels:
        above, left = (look.size - height) // 2, (look.size - width) // 2
        bars = ((above, look.size - height - above), (left, look.size - width - left))
        return np.pad(rows, ((0, 0), *bars, (0, 0)))
    pixels = []
    for row in rows:
        image = Image.fromarray(row[:, :, 0] if channels == 1 else row)
        if nearly:
            pixels.append(_finished(_flat(image, look.background), replace(look, background=(0, 0, 0))))
        else:
            pixels.append(_finished(_scaled(_resizable(image), look), look))
    return np.stack(pixels)


def _finished(small: Image.Image, look: Look) -> NDArray[np.uint8]:
    """Pixels [size, size, channels] of a picture that was scaled: flat, and with its bars."""
    small = _flat(small, look.background)
    if small.size != (look.size, look.size):
        canvas = Image.new("RGB", (look.size, look.size), look.background)
        canvas.paste(small, ((look.size - small.width) // 2, (look.size - small.height) // 2))
        small = canvas
    pixels = np.asarray(small.convert("L" if look.channels == 1 else "RGB"))
    return pixels.reshape(look.size, look.size, look.channels)


def _memory_of(image: Image.Image) -> float:
    return image.width * image.height * _BYTES_A_PIXEL.get(image.format or "", _BYTES_A_PIXEL_ELSE)


def _in_turn(image: Image.Image) -> AbstractContextManager[object]:
    """Held while a picture is in memory; of large ones a crew has few at a time."""
    memory = _memory_of(image)
    return taking_memory(memory) if memory > _NO_WAIT_BYTES else nullcontext()


def _content(where: Where) -> str | BytesIO:
    """What Pillow can open. Raises UnreadableError where there is nothing."""
    if where.member:
        content = read_member(where)
        if not content:
            raise UnreadableError("empty")
        return BytesIO(content)
    path = Path(where.path)
    if not path.is_file():
        raise UnreadableError("a broken link" if path.is_symlink() else "no regular file")
    if path.stat().st_size == 0:
        raise UnreadableError("empty")
    return where.path


@contextmanager
def _opened(where: Where) -> Iterator[Image.Image]:
    """The file's image, not decoded yet; what goes wrong with it, inside too, is raised as UnreadableError."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(_content(where), formats=_formats()) as image:
            if (memory := _memory_of(image)) > LARGEST_BYTES:
                limit = LARGEST_BYTES * image.width * image.height / memory / 1e6
                raise UnreadableError(f"too large: {image.width} x {image.height} pixels, over {limit:.0f} megapixels")
            yield image
    except UnreadableError:
        raise
    except UnidentifiedImageError:
        raise UnreadableError("no image") from None
    except PermissionError:
        raise UnreadableError("may not be read") from None
    except Image.DecompressionBombError:
        raise UnreadableError("too large: over 178 megapixels") from None
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
