from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ganstudio.data.decode import PixelFormat, decode
from ganstudio.data.sources.source import Location
from tests.data import profiles

LOOK = PixelFormat((16, 16), 3, "crop", (255, 255, 255))
LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def noise(channels: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (16, 16, channels), np.uint8)


def by_image_cms(image: Image.Image, profile: bytes) -> NDArray[np.uint8]:
    """What Pillow's own conversion to sRGB makes of it."""
    source, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    assert converted is not None
    return np.asarray(converted)


def decoded(path: Path, image: Image.Image, profile: bytes | None) -> NDArray[np.uint8]:
    lossless: dict[str, Any] = {"lossless": True} if path.suffix == ".webp" else {}
    image.save(path, icc_profile=profile, **lossless)
    return decode(Location(str(path)), LOOK)


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp", "jpg"])
@pytest.mark.parametrize(
    "profile", [profiles.ADOBE_RGB, profiles.DISPLAY_P3, profiles.LINEAR], ids=["adobe", "p3", "1"]
)
def test_colours_of_a_profile_become_srgb_as_pillow_converts_them(tmp_path: Path, suffix: str, profile: bytes) -> None:
    path = tmp_path / f"camera.{suffix}"
    found = decoded(path, Image.fromarray(noise(3)), profile)
    with Image.open(path) as stored:
        np.testing.assert_allclose(found, by_image_cms(stored, profile), atol=2)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"], ids=["mapped", "compressed"])
def test_alpha_and_palettes_are_converted_too(tmp_path: Path, compression: str | None) -> None:
    picture = Image.fromarray(noise(3))
    opaque = picture.copy()
    opaque.putalpha(255)
    opaque.save(tmp_path / "alpha.tiff", icc_profile=profiles.ADOBE_RGB, compression=compression)
    found = decode(Location(str(tmp_path / "alpha.tiff")), LOOK)
    np.testing.assert_allclose(found, by_image_cms(picture, profiles.ADOBE_RGB), atol=2)
    few = picture.quantize(16)
    found = decoded(tmp_path / "few.png", few, profiles.ADOBE_RGB)
    np.testing.assert_allclose(found, by_image_cms(few.convert("RGB"), profiles.ADOBE_RGB), atol=2)


@pytest.mark.parametrize("suffix", ["tiff", "jpg"])
def test_inks_with_a_profile_are_what_it_says_and_else_what_pillow_guesses(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"print.{suffix}"
    found = decoded(path, Image.fromarray(noise(4), "CMYK"), profiles.inks())
    with Image.open(path) as stored:
        np.testing.assert_allclose(found, by_image_cms(stored, profiles.inks()), atol=2)
    found = decoded(path, Image.fromarray(noise(4), "CMYK"), None)
    with Image.open(path) as stored:
        np.testing.assert_array_equal(found, np.asarray(stored.convert("RGB")))


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.6])
def test_greys_of_a_profile_become_srgb_with_alpha_and_with_16_bits_too(tmp_path: Path, gamma: float) -> None:
    grey, profile = Image.fromarray(LEVELS), profiles.grey(gamma)
    right = by_image_cms(grey, profile)
    alpha = Image.merge("LA", (grey, Image.new("L", (16, 16), 255)))
    deep = Image.fromarray(LEVELS.astype(np.uint16) * 257)
    for name, image in (("grey", grey), ("alpha", alpha), ("deep", deep)):
        np.testing.assert_allclose(decoded(tmp_path / f"{name}.png", image, profile), right, atol=2)


def test_grey_that_was_saved_in_a_wide_colour_space_stays_grey(tmp_path: Path) -> None:
    found = decoded(tmp_path / "grey.png", Image.fromarray(LEVELS).convert("RGB"), profiles.ADOBE_RGB)
    assert (found == found[..., :1]).all()


@pytest.mark.parametrize(
    ("image", "profile"),
    [
        (Image.fromarray(noise(3)), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        (Image.fromarray(noise(3)), b"no profile" * 30),
        (Image.fromarray(noise(3)), profiles.grey(1.0)),
        (Image.fromarray(LEVELS), profiles.ADOBE_RGB),
    ],
    ids=["srgb", "damaged", "of greys", "of colours, for grey"],
)
def test_a_profile_that_changes_nothing_or_does_not_fit_leaves_every_bit(
    tmp_path: Path, image: Image.Image, profile: bytes
) -> None:
    np.testing.assert_array_equal(decoded(tmp_path / "a.png", image, profile), np.asarray(image.convert("RGB")))


def test_lab_is_read(tmp_path: Path) -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    picture = Image.new("RGB", (16, 16), (200, 90, 40))
    converted = ImageCms.applyTransform(picture, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert converted is not None
    np.testing.assert_allclose(decoded(tmp_path / "lab.tiff", converted, None), np.asarray(picture), atol=3)
