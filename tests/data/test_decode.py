from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganstudio.data import decode as decoding
from ganstudio.data.decode import Fit, Header, PixelFormat
from ganstudio.data.formats import LARGEST_TEXT
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.source import Location
from tests.data.pictures import BLUE, GREEN, RED, WHITE, corners, plain, quarters


def look(size: int = 16, channels: int = 3, fit: Fit = "crop", background: tuple[int, int, int] = WHITE) -> PixelFormat:
    return PixelFormat((size, size), channels, fit, background)


def decode(path: Path, look: PixelFormat) -> NDArray[np.uint8]:
    return decoding.decode(Location(str(path)), look)


def glance(path: Path) -> Header:
    return decoding.read_header(Location(str(path)))


def ramp(top: float, dtype: type) -> NDArray[np.generic]:
    """[16, 16], 0 on the left and `top` on the right."""
    return np.tile(np.linspace(0, top, 16), (16, 1)).astype(dtype)


def palette(folder: Path) -> Path:
    quarters().quantize(4).save(folder / "palette.png")
    return folder / "palette.png"


def animation(folder: Path) -> Path:
    quarters().save(folder / "moving.gif", save_all=True, append_images=[Image.new("RGB", (16, 16), BLUE)])
    return folder / "moving.gif"


def moving_webp(folder: Path) -> Path:
    others = [Image.new("RGB", (16, 16), BLUE)]
    quarters().save(folder / "moving.webp", save_all=True, append_images=others, lossless=True)
    return folder / "moving.webp"


def cmyk(folder: Path) -> Path:
    quarters().convert("CMYK").save(folder / "print.tiff")
    return folder / "print.tiff"


def opaque(folder: Path) -> Path:
    quarters().convert("RGBA").save(folder / "opaque.png")
    return folder / "opaque.png"


@pytest.mark.parametrize("make", [palette, animation, moving_webp, cmyk, opaque])
def test_every_mode_comes_out_as_the_same_colours(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    np.testing.assert_array_equal(decode(make(tmp_path), look()), np.asarray(quarters()))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
def test_a_picture_is_upright_whatever_its_exif_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    sideways = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the camera was turned the other way
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters(64)
    if orientation in sideways:
        stored = stored.transpose(sideways[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"camera.{suffix}", exif=exif)
    found = corners(decode(tmp_path / f"camera.{suffix}", look()))
    np.testing.assert_allclose(found, [RED, GREEN, BLUE, WHITE], atol=3)


def test_a_portrait_that_was_stored_sideways_is_padded_left_and_right(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (32, 16), RED).save(tmp_path / "portrait.png", exif=exif)
    pixels = decode(tmp_path / "portrait.png", look(fit="pad", background=BLUE))
    assert (pixels[:, 4:12] == RED).all()
    assert (pixels[:, :4] == BLUE).all()
    assert (pixels[:, 12:] == BLUE).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P"])
def test_transparency_shows_the_background(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (16, 16), (255, 255, 255, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 8, 16))
    if mode == "P":
        indexed = Image.new("P", (16, 16), 1)
        indexed.putpalette([9, 9, 9, 255, 255, 255])
        indexed.paste(0, (0, 0, 8, 16))
        indexed.save(tmp_path / "hole.png", transparency=0)
    elif mode == "L":
        picture.convert("RGB").convert("L").save(tmp_path / "hole.png", transparency=0)
    else:
        picture.convert(mode).save(tmp_path / "hole.png")
    assert corners(decode(tmp_path / "hole.png", look(background=GREEN))) == [GREEN, WHITE, GREEN, WHITE]


def test_what_hides_under_full_transparency_does_not_bleed_into_the_edge(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 31, 64))
    picture.save(tmp_path / "edge.png")
    pixels = decode(tmp_path / "edge.png", look(background=(0, 0, 0)))
    assert pixels.max() == 0


@pytest.mark.parametrize(
    ("values", "suffix"),
    [
        (ramp(65535, np.uint16), "png"),
        (ramp(65535, np.uint16), "tiff"),
        (ramp(255, np.int32), "tiff"),
        (ramp(65535, np.int32), "tiff"),
        (ramp(1, np.float32), "tiff"),
        (ramp(255, np.float32), "tiff"),
    ],
    ids=["16 bits", "16 bits tiff", "32 bits to 255", "32 bits to 65535", "floats to 1", "floats to 255"],
)
def test_deep_grey_keeps_its_range(tmp_path: Path, values: NDArray[np.generic], suffix: str) -> None:
    Image.fromarray(values).save(tmp_path / f"deep.{suffix}")
    pixels = decode(tmp_path / f"deep.{suffix}", look(channels=1))
    np.testing.assert_allclose(pixels[0, :, 0], np.linspace(0, 255, 16), atol=1)
    assert glance(tmp_path / f"deep.{suffix}").grey


def test_dark_16_bit_grey_stays_dark(tmp_path: Path) -> None:
    Image.fromarray(ramp(255, np.uint16)).save(tmp_path / "dark.png")
    assert decode(tmp_path / "dark.png", look(channels=1)).max() == 1


@pytest.mark.parametrize("zipped", [False, True])
def test_a_png_with_megabytes_of_text_is_read(tmp_path: Path, zipped: bool) -> None:
    assert corners(decode(with_text(tmp_path / "photo.png", 2_000_000, zipped), look())) == [RED, GREEN, BLUE, WHITE]


def test_a_png_with_more_text_than_is_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="its texts are too large: over 16 MB"):
        decode(with_text(tmp_path / "photo.png", LARGEST_TEXT + 1, zipped=True), look())


def with_text(path: Path, length: int, zipped: bool) -> Path:
    told = PngInfo()
    told.add_itxt("XML:com.adobe.xmp", "x" * length, zip=zipped)
    quarters().save(path, pnginfo=told)
    return path


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(ramp(1, np.uint8) > 0.5).save(tmp_path / "bit.png")
    assert set(np.unique(decode(tmp_path / "bit.png", look(channels=1)))) == {0, 255}


def test_fit_crop_takes_the_centre(tmp_path: Path) -> None:
    picture = Image.new("RGB", (48, 16), RED)
    picture.paste(GREEN, (16, 0, 32, 16))
    picture.save(tmp_path / "wide.png")
    assert (decode(tmp_path / "wide.png", look()) == GREEN).all()


def test_fit_pad_keeps_the_whole_picture_between_bars_of_the_background(tmp_path: Path) -> None:
    plain(tmp_path / "wide.png", RED, (32, 16))
    pixels = decode(tmp_path / "wide.png", look(fit="pad", background=BLUE))
    assert (pixels[4:12] == RED).all()
    assert (pixels[:4] == BLUE).all()
    assert (pixels[12:] == BLUE).all()


def test_fit_stretch_fills_the_square_with_the_whole_picture(tmp_path: Path) -> None:
    picture = Image.new("RGB", (64, 16), RED)
    picture.paste(GREEN, (32, 0, 64, 16))
    picture.save(tmp_path / "wide.png")
    assert corners(decode(tmp_path / "wide.png", look(fit="stretch"))) == [RED, GREEN, RED, GREEN]


def test_a_picture_of_the_right_size_keeps_every_bit(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    np.testing.assert_array_equal(decode(tmp_path / "noise.png", look()), noise)


def test_reducing_averages_instead_of_picking_pixels(tmp_path: Path) -> None:
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "board.png")
    np.testing.assert_allclose(decode(tmp_path / "board.png", look(channels=1)), 127.5, atol=2)


def test_a_large_jpeg_that_is_decoded_small_looks_the_same(tmp_path: Path) -> None:
    y, x = np.mgrid[0:1000, 0:1000]
    waves = (127.5 + 60 * np.sin(x / 150) + 60 * np.cos(y / 110)).astype(np.uint8)
    for suffix in ("jpg", "png"):
        Image.fromarray(waves).save(tmp_path / f"large.{suffix}")
    fast, exact = (decode(tmp_path / f"large.{suffix}", look(channels=1)).astype(int) for suffix in ("jpg", "png"))
    assert np.abs(fast - exact).max() <= 4


def text(path: Path) -> None:
    path.write_text("not a picture")


def nothing(path: Path) -> None:
    path.touch()


def half_a_file(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bomb(path: Path) -> None:
    Image.new("1", (18_000, 9_600)).save(path)


def great_bomb(path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(path)


def endless_numbers(path: Path) -> None:
    Image.fromarray(ramp(1e9, np.float32)).save(path, "TIFF")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (text, "no image"),
        (nothing, "empty"),
        (half_a_file, "damaged"),
        (nowhere, "broken link"),
        (pipe, "no regular file"),
        (bomb, "18000 x 9600 pixels, over 171 megapixels"),
        (great_bomb, "too large"),
        (endless_numbers, "only 0 to 65535"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    make(tmp_path / "file.png")
    with pytest.raises(UnreadableError, match=reason):
        decode(tmp_path / "file.png", look())


def test_no_cut_or_bent_file_raises_anything_else(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    picture = Image.fromarray(random.integers(0, 256, (24, 24, 3), np.uint8))
    for suffix in ("png", "jpg", "gif", "webp", "tiff", "bmp", "ppm", "tga", "jp2"):
        picture.save(tmp_path / f"whole.{suffix}")
        whole = np.frombuffer((tmp_path / f"whole.{suffix}").read_bytes(), np.uint8)
        for _ in range(25):
            bent = whole[: random.integers(1, len(whole) + 1)].copy()
            places = random.integers(0, len(bent), 8)
            bent[places] = random.integers(0, 256, 8)
            (tmp_path / "bent").write_bytes(bent.tobytes())
            with suppress(UnreadableError):
                glance(tmp_path / "bent")
            with suppress(UnreadableError):
                assert decode(tmp_path / "bent", look()).shape == (16, 16, 3)
