"""A picture at its full size, upright and in 8 bits, with what its file carries besides pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.decode import ORIENTATION, UPRIGHT, open_image, orientation, reserve_memory_of
from ganstudio.data.eight_bit import eight_bit, resizable
from ganstudio.data.sources.source import Location

_DETAILS, _PLACE = 0x8769, 0x8825  # directories within EXIF: of the photograph, and of where it was taken
_WIDTH, _HEIGHT = 0xA002, 0xA003  # tags of the first
# What a TIFF's directory says of the picture, and not of how it is stored: description, maker, model, resolution,
# software, time, artist, copyright, and the directories of the photograph and of its place.
_TIFF_KEPT = {0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298, _DETAILS, _PLACE}
_PROFILED = ("L", "LA", "RGB", "RGBA", "P", "PA", "1")  # whose numbers stay what the file's profile speaks of
_XMP_ORIENTATION = re.compile(rb'\s*tiff:Orientation="[0-9]"|<tiff:Orientation>[0-9]</tiff:Orientation>')


@dataclass(frozen=True)
class WholePicture:
    """A decoded file.

    Attributes:
        colours: uint8 [H, W, 1 or 3].
        alpha: uint8 [H, W]; None where the file has no transparency.
        profile: the ICC profile of `colours`; None where they are sRGB, or the file does not say.
        exif: without its orientation, which `colours` have followed; b"" where there is none or it is damaged.
        xmp: the XMP packet, without an orientation; b"" where there is none.
        notes: what a reader of the file loses, a few words each: further frames, bits beyond 8.
    """

    colours: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    profile: bytes | None = None
    exif: bytes = b""
    xmp: bytes = b""
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        height, width = self.colours.shape[:2]
        return height, width

    def exif_for(self, size: tuple[int, int]) -> bytes:
        """The EXIF of a picture that is made of this one and is of `size` (H, W)."""
        if not self.exif or size == self.size:
            return self.exif
        exif = Image.Exif()
        exif.load(self.exif)
        details = exif.get_ifd(_DETAILS) if _DETAILS in exif else {}
        details.update({tag: side for tag, side in ((_HEIGHT, size[0]), (_WIDTH, size[1])) if tag in details})
        return exif.tobytes()


def read_whole(location: Location, srgb: bool) -> WholePicture:
    """The first frame of the file at `location`.

    With `srgb` its colours are converted to sRGB and its profile is left out. Else its numbers are kept, with the
    profile that says what they mean; printers' colours and those of more than 8 bits are converted all the same.

    Raises:
        UnreadableError: no picture, a damaged one, or one too large to be decoded.
    """
    with open_image(location) as image, reserve_memory_of(image):
        image.load()
        kept = not srgb and image.mode in _PROFILED
        plain = _plain(image) if kept else eight_bit(resizable(image), image, None)
        turn = UPRIGHT.get(orientation(image))
        upright = plain if turn is None else plain.transpose(turn)
        profile = image.info.get("icc_profile") if kept else None
        colours, alpha = _parts(upright)
        exif = _exif(image)
        return WholePicture(colours, alpha, profile or None, exif, _xmp(image), tuple(_losses(image)))


def _plain(image: Image.Image) -> Image.Image:
    """`image` as L, LA, RGB or RGBA, with its numbers unchanged."""
    if image.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.mode in ("L", "1"):
        return image.convert("LA" if image.has_transparency_data else "L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _parts(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Colours [H, W, 1 or 3] and alpha [H, W]."""
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        image = image.convert("RGB")
    pixels = np.asarray(image)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    if pixels.shape[2] in (1, 3):
        return pixels, None
    return np.ascontiguousarray(pixels[..., :-1]), np.ascontiguousarray(pixels[..., -1])


def _exif(image: Image.Image) -> bytes:
    """The EXIF without orientation and, as Pillow writes it, without a thumbnail; b"" for none or a damaged one."""
    try:
        exif = image.getexif()
        for tag in [tag for tag in exif if tag == ORIENTATION or (image.format == "TIFF" and tag not in _TIFF_KEPT)]:
            del exif[tag]
        return exif.tobytes() if len(exif) else b""
    except Exception:  # camera notes that are damaged are no reason to lose the picture
        return b""


def _xmp(image: Image.Image) -> bytes:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    content = packet.encode() if isinstance(packet, str) else packet
    return _XMP_ORIENTATION.sub(b"", content) if isinstance(content, bytes) else b""


def _losses(image: Image.Image) -> list[str]:
    frames = getattr(image, "n_frames", 1)
    deep = image.mode.startswith(("I", "F"))
    return [
        *([f"the first of its {frames} frames"] if frames > 1 else []),
        *(["in 8 bits, of which it has more"] if deep else []),
    ]
