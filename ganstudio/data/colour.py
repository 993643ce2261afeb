"""Colours as their ICC profile means them, in sRGB, which is what networks and screens take pixels for.

As Pillow's ImageCms converts: LittleCMS, perceptual intent, 8 bits. A profile that is damaged, or is of another kind of
colours than the picture, is left aside, as browsers do.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_NEGLIGIBLE = 1  # levels of 255 that a conversion may change colours by and still be left out, as of sRGB into sRGB
_SPACES = {"RGB": "RGB ", "RGBA": "RGB ", "CMYK": "CMYK", "LAB": "Lab "}  # as a profile's header names them


def in_srgb(image: Image.Image) -> Image.Image:
    """`image` in sRGB: RGB and RGBA stay what they are, CMYK becomes RGB where it has a profile, LAB in any case."""
    if image.mode not in _SPACES:
        return image
    transform = _transform(_profile(image), image.mode)
    if transform is None:
        return image
    # in place saves the memory of a copy; the pixels of some files are mapped and cannot be written
    in_place = image.mode == transform.output_mode and not image.readonly
    return ImageCms.applyTransform(image, transform, inPlace=in_place) or image


def grey_curve(image: Image.Image) -> NDArray[np.uint8] | None:
    """The sRGB level of each of the 256 levels of a grey `image`; None where they stay as they are."""
    return _curve(_profile(image))


def _profile(image: Image.Image) -> bytes:
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else b""


@lru_cache(maxsize=16)  # most folders are of one camera
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from `profile` to sRGB; None where colours stay as they are."""
    output = "RGBA" if mode == "RGBA" else "RGB"
    transform = _build_transform(profile, _SPACES[mode], mode, output)
    return None if transform and mode == output and _changes_nothing(transform) else transform


@lru_cache(maxsize=16)
def _curve(profile: bytes) -> NDArray[np.uint8] | None:
    transform = _build_transform(profile, "GRAY", "L", "RGB")
    if transform is None:
        return None
    levels = np.arange(256, dtype=np.uint8)
    curve = np.asarray(ImageCms.applyTransform(Image.fromarray(levels[None]), transform))[0, :, 1]
    return None if np.abs(curve.astype(int) - levels).max() <= _NEGLIGIBLE else curve


def _build_transform(profile: bytes, space: str, mode: str, output: str) -> ImageCms.ImageCmsTransform | None:
    try:
        lab = mode == "LAB"  # is absolute and needs no profile
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB") if lab else BytesIO(profile))
        if source.profile.xcolor_space != space:
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, output)
    except (ImageCms.PyCMSError, ImportError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a lattice of colours is left unchanged: more certain than a profile's name."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    image = Image.fromarray(colours).convert(transform.input_mode)
    converted = np.asarray(ImageCms.applyTransform(image, transform))[..., :3]
    return bool(np.abs(converted.astype(int) - colours).max() <= _NEGLIGIBLE)
