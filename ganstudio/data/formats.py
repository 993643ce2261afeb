"""The picture formats that are read, and the file names that they go by."""

from __future__ import annotations

from functools import cache

from PIL import Image, PngImagePlugin

DATASET_JSON = "dataset.json"  # the labels, as StyleGAN's tools write them beside the pictures
LARGEST_TEXT = 16_000_000  # bytes of one text in a PNG: photo editors keep megabytes of their history in XMP

# No EPS or WMF (they start other programs), no format that any text file passes for.
_FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000", "TGA", "ICO", "ICNS"),
    *("PCX", "DDS", "SGI", "QOI", "PSD", "SUN"),
)


@cache
def readable() -> list[str]:
    """The names of those formats that this build of Pillow has."""
    Image.init()
    PngImagePlugin.MAX_TEXT_CHUNK = LARGEST_TEXT  # Pillow's own limit, of 1 MB, calls such a file damaged
    return [name for name in _FORMATS if name in Image.OPEN]


@cache
def suffixes() -> frozenset[str]:
    """What names of pictures end in, in lower case: ".png", ".jpg" and so on."""
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in readable())
