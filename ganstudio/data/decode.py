"""One picture file into pixels of one size: upright, 8 bits, flattened over a background unless alpha is kept."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ganstudio.data.eight_bit import WORDS, eight_bit, full_scale, resizable
from ganstudio.data.formats import LARGEST_TEXT, readable
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.parallel import reserve_memory
from ganstudio.data.sources.archives import read_member
from ganstudio.data.sources.ranges import TOLERANCE
from ganstudio.data.sources.source import Location
from ganstudio.units import HeightWidth

Fit = Literal["crop", "pad", "stretch", "tile"]  # tile: cut at full resolution into pictures of the size

# Bytes that a picture takes while it is decoded and scaled: itself and a copy with alpha premultiplied, or more.
_BYTES_A_PIXEL = {"WEBP": 16, "JPEG2000": 19}
_BYTES_A_PIXEL_ELSE = 8
# 171 megapixels in most formats: with the processes themselves that stays below two gigabytes.
LARGEST_BYTES = 1_370_000_000
_NO_WAIT_BYTES = 8_000_000
BELOW_TILE = "smaller than a tile"  # how the reason begins why such a picture is skipped
ORIENTATION = 0x0112  # a tag of EXIF
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


_ON_ITS_SIDE = {UPRIGHT[tag] for tag in (5, 6, 7, 8)}


@dataclass(frozen=True)
class PixelFormat:
    """The format that every picture of a data set is converted to: (H, W), and 1, 3 or, with alpha, 4 channels."""

    size: HeightWidth
    channels: int
    fit: Fit
    background: tuple[int, int, int]
    highest: float | None = None  # the largest number in pictures that declare no range, which is one for all of them


class Header(NamedTuple):
    """The header of a picture file; `size` (width, height), Pillow's mode and the format are kept to be counted."""

    short_side: int
    grey: bool
    size: tuple[int, int] | None = None
    mode: str | None = None
    format: str | None = None
    highest: float | None = None  # the largest number, of one that is stored as numbers and declares no range


def read_header(location: Location) -> Header:
    """Reads a file's header; its sizes are those before it is turned upright. Raises UnreadableError."""
    with open_image(location) as image:
        grey = image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I")
        size = _size_of_part(image, location)
        return Header(min(size), grey, size, image.mode, image.format, _highest(image))


def _size_of_part(image: Image.Image, location: Location) -> tuple[int, int]:
    """(width, height) of the part of a picture that is meant, before it is turned upright."""
    if not location.half:
        return image.size
    width, height = image.size
    lies = UPRIGHT.get(orientation(image)) in _ON_ITS_SIDE
    return (width, height // 2) if lies else (width // 2, height)


def _highest(image: Image.Image) -> float | None:
    """The largest number of a picture of numbers that can be read and declares no range; its pixels are decoded."""
    if image.mode not in ("I", "F") or full_scale(image) is not None:
        return None
    with reserve_memory_of(image):
        low, high = cast("tuple[float, float]", image.getextrema())
    return high if -TOLERANCE <= low <= high <= WORDS else None


def decode(location: Location, pixel_format: PixelFormat) -> NDArray[np.uint8]:
    """Pixels [H, W, channels] of the first frame of the file at `location`. Raises UnreadableError."""
    with open_image(location) as image:
        # a JPEG decodes at an eighth to a half of its size where that leaves twice the pixels that are asked for
        image.draft(None, (2 * max(pixel_format.size),) * 2)
        with reserve_memory_of(image):
            image.load()
            turn = UPRIGHT.get(orientation(image))
            if location.half:
                half = _half(image if turn is None else image.transpose(turn), location.half)
                small = eight_bit(_scaled(resizable(half), pixel_format), image, pixel_format.highest)
                return _to_pixels(small, pixel_format)
            lying = replace(pixel_format, size=pixel_format.size[::-1]) if turn in _ON_ITS_SIDE else pixel_format
            small = eight_bit(_scaled(resizable(image), lying), image, pixel_format.highest)
    return _to_pixels(small if turn is None else small.transpose(turn), pixel_format)


def decode_tiles(location: Location, pixel_format: PixelFormat) -> NDArray[np.uint8]:
    """Tiles [n, H, W, channels] that a picture is cut into at its full resolution, without what is left at its edges.

    They are the rows of a grid in the middle of the picture, none overlapping another. Raises UnreadableError, also
    where it is smaller than a tile.
    """
    height, width = pixel_format.size
    with open_image(location) as image, reserve_memory_of(image):
        image.load()
        turn = UPRIGHT.get(orientation(image))
        whole = eight_bit(resizable(image), image, pixel_format.highest)
    whole = whole if turn is None else whole.transpose(turn)
    rows, columns = whole.height // height, whole.width // width
    if not rows * columns:
        raise UnreadableError(f"{BELOW_TILE} of {width}x{height}: {whole.width}x{whole.height}")
    above, left = (whole.height - rows * height) // 2, (whole.width - columns * width) // 2
    middle = whole.crop((left, above, left + columns * width, above + rows * height))
    pixels = _to_pixels(middle, replace(pixel_format, size=(middle.height, middle.width)))
    grid = pixels.reshape(rows, height, columns, width, -1).swapaxes(1, 2)
    return grid.reshape(rows * columns, height, width, -1)


def _half(image: Image.Image, half: str) -> Image.Image:
    """The left or the right half of a picture that stands upright; a column in the middle belongs to neither."""
    width, height = image.size
    left = 0 if half == "left" else width - width // 2
    part = image.crop((left, 0, left + width // 2, height))
    part.info = image.info  # its profile
    return part


def gets_border(height: int, width: int, size: HeightWidth) -> bool:
    """Whether images stored as numbers get a border to be of `size` (H, W), where others are resized."""
    return all(side <= wanted <= side * 8 / 7 for side, wanted in zip((height, width), size, strict=True))


def fit_rows(rows: NDArray[np.uint8], pixel_format: PixelFormat) -> NDArray[np.uint8]:
    """Pixels [n, *size, channels] of images stored as numbers, [n, H, W, C].

    Those that miss the size by an eighth or less, as 28 px digits miss 32, get a border of zeros and are never resized.
    """
    _, height, width, channels = rows.shape
    nearly = gets_border(height, width, pixel_format.size)
    if nearly and channels == pixel_format.channels:
        above, left = (pixel_format.size[0] - height) // 2, (pixel_format.size[1] - width) // 2
        bars = ((above, pixel_format.size[0] - height - above), (left, pixel_format.size[1] - width - left))
        return black_where_clear(np.pad(rows, ((0, 0), *bars, (0, 0))))
    pixels = []
    for row in rows:
        image = Image.fromarray(row[:, :, 0] if channels == 1 else row)
        if nearly:
            flat = image if pixel_format.channels == 4 else _flattened(image, pixel_format.background)
            pixels.append(_to_pixels(flat, replace(pixel_format, background=(0, 0, 0))))
        else:
            pixels.append(_to_pixels(_scaled(resizable(image), pixel_format), pixel_format))
    return np.stack(pixels)


def _to_pixels(small: Image.Image, pixel_format: PixelFormat) -> NDArray[np.uint8]:
    """Pixels [H, W, channels] of a picture that was scaled: flat or with its alpha, and with its bars."""
    height, width = pixel_format.size
    clear = pixel_format.channels == 4
    small = small.convert("RGBA") if clear else _flattened(small, pixel_format.background)
    if small.size != (width, height):
        ground: tuple[int, ...] = (0, 0, 0, 0) if clear else pixel_format.background
        canvas = Image.new(small.mode, (width, height), ground)
        canvas.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
        small = canvas
    pixels = np.asarray(small if clear else small.convert("L" if pixel_format.channels == 1 else "RGB"))
    return black_where_clear(pixels.reshape(height, width, pixel_format.channels))


def black_where_clear(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`pixels` [..., C]; of RGBA with black where nothing can be seen, so that no hidden colour is learned."""
    if pixels.shape[-1] != 4:
        return pixels
    return pixels * (pixels[..., 3:] > 0)


def _memory_of(image: Image.Image) -> float:
    return image.width * image.height * _BYTES_A_PIXEL.get(image.format or "", _BYTES_A_PIXEL_ELSE)


def reserve_memory_of(image: Image.Image) -> AbstractContextManager[object]:
    """Reserves memory for a picture while it is decoded: a pool of workers has few large ones at a time."""
    memory = _memory_of(image)
    return reserve_memory(memory) if memory > _NO_WAIT_BYTES else nullcontext()


def _openable_content(location: Location) -> str | BytesIO:
    """A path or stream that Pillow can open. Raises UnreadableError where there is nothing."""
    if location.member:
        content = read_member(location)
        if not content:
            raise UnreadableError("empty")
        return BytesIO(content)
    path = Path(location.path)
    if not path.is_file():
        raise UnreadableError("a broken link" if path.is_symlink() else "no regular file")
    if path.stat().st_size == 0:
        raise UnreadableError("empty")
    return location.path


@contextmanager
def open_image(location: Location) -> Iterator[Image.Image]:
    """Opens the file's image without decoding it; errors, inside too, are raised as UnreadableError."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(_openable_content(location), formats=readable()) as image,
        ):
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
    except Image.DecompressionBombError as error:  # beyond Pillow's own limit, before the size can be asked for
        pixels = re.search(r"\d+", str(error))
        told = f"{int(pixels[0]) / 1e6:.0f} megapixels, " if pixels else ""
        limit = LARGEST_BYTES / _BYTES_A_PIXEL_ELSE / 1e6
        raise UnreadableError(f"too large: {told}over {limit:.0f} megapixels") from None
    except NotImplementedError as error:  # a zip's compression that Python does not know
        raise UnreadableError(f"cannot be unpacked here: {error}") from None
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        if "MAX_TEXT_" in str(error):
            raise UnreadableError(f"its texts are too large: over {LARGEST_TEXT // 1_000_000} MB") from None
        raise UnreadableError(f"damaged: {error or type(error).__name__}") from None


def orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # camera notes that are damaged are no reason to lose the picture
        return 1


def _scaled(image: Image.Image, pixel_format: PixelFormat) -> Image.Image:
    """`image` at its final size, but for the bars of "pad"; resampled by antialiased Lanczos, alpha premultiplied."""
    width, height = image.size
    high, wide = pixel_format.size
    target, box = (wide, high), (0.0, 0.0, float(width), float(height))
    match pixel_format.fit:
        case "crop":
            across, down = min(width, height * wide / high), min(height, width * high / wide)
            left, top = (width - across) / 2, (height - down) / 2
            box = (left, top, left + across, top + down)
        case "pad":
            scale = min(wide / width, high / height)
            target = (max(1, round(width * scale)), max(1, round(height * scale)))
        case "stretch" | "tile":  # a tile has its size already
            pass
    return image.resize(target, Image.Resampling.LANCZOS, box)


def _flattened(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    backdrop = Image.new("RGBA", image.size, (*background, 255))
    return Image.alpha_composite(backdrop, image.convert("RGBA")).convert("RGB")
