"""Pictures whose pixels lie in a file are written as others are."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from ganstudio.inference.images import render, upscale
from ganstudio.inference.images.giant import let_go, pixel_array, write_giant_png
from ganstudio.inference.pictures import Carried, picture
from tests.cli.conftest import Program
from tests.cli.conftest import ganstudio as ganstudio
from tests.data.profiles import DISPLAY_P3
from tests.inference.images.networks import write_upscaler


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_written_row_by_row_is_the_picture_with_all_that_it_carries(tmp_path: Path, channels: int) -> None:
    pixels = pixel_array((150, 70, channels), tmp_path, least=1)
    assert isinstance(pixels, np.memmap)
    pixels[:] = np.random.RandomState(0).randint(0, 256, pixels.shape)
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    small = picture(pixels[:1, :1], {"Made-From": "key"}, "png", Carried(DISPLAY_P3, exif.tobytes()))
    write_giant_png(tmp_path / "a.png", pixels, small)
    with Image.open(tmp_path / "a.png") as image:
        image.verify()  # the sums of its chunks
    with Image.open(tmp_path / "a.png") as image:
        assert (np.asarray(image).reshape(pixels.shape) == pixels).all()
        assert image.info["icc_profile"] == DISPLAY_P3
        assert image.info["Made-From"] == "key"
        assert image.getexif()[0x010F] == "Maker"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="this system cannot be told to let go of pages")
def test_pixels_in_a_file_leave_memory_and_come_back(tmp_path: Path) -> None:
    pixels = pixel_array((1000, 10_000, 3), tmp_path, least=1)
    part = pixels[10:900]
    part[:] = 7
    full = psutil.Process().memory_info().rss
    let_go(part)
    assert psutil.Process().memory_info().rss < full - 20_000_000
    assert (part.min(), part.max(), pixels[0, 0, 0]) == (7, 7, 0)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_giant_picture_is_upscaled_to_the_same_pixels(
    channels: int, tmp_path: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_upscaler(tmp_path / "exports" / "up.onnx")
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (90, 100, channels)).astype(np.uint8)).save("a.png")
    asked = ("upscale", "a.png", "--model", "up", "--tile", "40", "--out")
    assert ganstudio(*asked, "small").code == 0
    monkeypatch.setattr(upscale, "_STRIP", 32)
    for module in (render, upscale):
        monkeypatch.setattr(module, "pixel_array", lambda shape, scratch: pixel_array(shape, scratch, least=1))
    assert ganstudio(*asked, "giant").code == 0
    with Image.open("small/a.png") as small, Image.open("giant/a.png") as giant:
        assert small.tobytes() == giant.tobytes()
    assert Path("small/a.png").read_bytes() != Path("giant/a.png").read_bytes()
