"""`ganstudio upscale`: tiles without seams, what a file carries, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.provenance import COMPOSITE_TYPE, is_ours
from ganstudio.inference.sessions import cpu_session
from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save
from tests.data.profiles import DISPLAY_P3, grey
from tests.inference.images.networks import write_upscaler

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="mine"/></rdf:RDF>'
    b"</x:xmpmeta>"
)


@pytest.mark.parametrize("size", [(150, 260), (97, 131), (64, 64)])
def test_a_picture_in_tiles_is_the_picture_made_at_once(here: Path, ganstudio: Program, size: tuple[int, int]) -> None:
    model = write_upscaler(here / "exports" / "up.onnx", kernel=9)
    pixels = noise(*size)
    save(here / "a.png", pixels)
    ended = ganstudio("upscale", "a.png", "--model", "up", "--tile", "40", "--out", "out", "--json")
    assert ended.code == 0, ended.err
    [picture] = json.loads(ended.out)["pictures"]
    source = pixels.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(127.5) - 1
    [whole] = cpu_session(model).run(None, {"source": source})
    wanted = np.clip(np.rint((whole[0].transpose(1, 2, 0) + 1) * 127.5), 0, 255)
    assert np.abs(pixels_of(here / "out" / "a.png") - wanted).max() <= 1
    assert picture["tiles"] > 1
    assert picture["seams"] == {"levels": 0, "whole": True}
    assert (picture["width"], picture["height"]) == (2 * size[1], 2 * size[0])


def test_an_overlap_that_is_less_than_the_network_looks_shows_in_what_is_told(here: Path, ganstudio: Program) -> None:
    write_upscaler(here / "exports" / "up.onnx", kernel=9)
    save(here / "a.png", noise(120, 120))
    asked = ("upscale", "a.png", "--model", "up", "--tile", "40", "--overlap", "0", "--out", "out", "--json")
    ended = ganstudio(*asked)
    assert json.loads(ended.out)["pictures"][0]["seams"]["levels"] > 2
    assert "of 255 levels at most from a picture made at once" in ended.err


def test_a_network_of_one_size_makes_larger_pictures_in_tiles_and_tells_no_seams(
    here: Path, ganstudio: Program
) -> None:
    write_upscaler(here / "exports" / "up.onnx", size=(32, 32))
    save(here / "a.png", noise(50, 90))
    [picture] = json.loads(ganstudio("upscale", "a.png", "--model", "up", "--out", "out", "--json").out)["pictures"]
    assert (picture["width"], picture["height"], picture["seams"]) == (180, 100, None)
    assert picture["tiles"] > 2


def test_transparency_is_enlarged_by_bicubic_and_hides_no_colour(here: Path, ganstudio: Program) -> None:
    write_upscaler(here / "exports" / "up.onnx")
    pixels = noise(20, 30, 4)
    pixels[:, :10, 3], pixels[:, 10:, 3] = 0, 255
    save(here / "a.png", pixels)
    assert ganstudio("upscale", "a.png", "--model", "up", "--out", "out").code == 0
    made = pixels_of(here / "out" / "a.png")
    bicubic = Image.fromarray(pixels[..., 3]).resize((60, 40), Image.Resampling.BICUBIC)
    assert (made[..., 3] == np.asarray(bicubic)).all()
    assert (made[made[..., 3] == 0] == 0).all()
    # what is hidden in the file does not reach what can be seen
    hidden = pixels.copy()
    hidden[:, :10, :3] = 255 - hidden[:, :10, :3]
    save(here / "b.png", hidden)
    assert ganstudio("upscale", "b.png", "--model", "up", "--out", "out").code == 0
    assert (pixels_of(here / "out" / "b.png") == made).all()


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_orientation_exif_xmp_and_profile_go_on_in_what_is_made(here: Path, ganstudio: Program, kind: str) -> None:
    write_upscaler(here / "exports" / "up.onnx")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif.get_ifd(0x8769)[0xA002] = 30
    save(here / "a.jpg", noise(20, 30), exif=exif, icc_profile=DISPLAY_P3, xmp=XMP)
    assert ganstudio("upscale", "a.jpg", "--model", "up", "--out", "out", "--format", kind).code == 0
    [path] = (here / "out").iterdir()
    with Image.open(path) as made:
        made.load()
        assert made.size == (40, 60)
        assert made.info["icc_profile"] == DISPLAY_P3
        kept = made.getexif()
        assert (kept.get(0x0112), kept[0x010F], kept.get_ifd(0x8769)[0xA002]) == (None, "Maker", 40)
    content = path.read_bytes()
    assert b'dc:rights="mine"' in content
    assert COMPOSITE_TYPE.encode() in content
    assert is_ours(path)


def test_a_grey_picture_stays_grey_with_its_profile_and_that_is_said(here: Path, ganstudio: Program) -> None:
    write_upscaler(here / "exports" / "up.onnx")
    save(here / "a.png", noise(20, 20, 1), icc_profile=grey(1.8))
    ended = ganstudio("upscale", "a.png", "--model", "up", "--out", "out")
    assert "a.png: grey, and up takes colours: shown to it as three equal ones." in ended.err
    with Image.open(here / "out" / "a.png") as made:
        assert (made.mode, made.info["icc_profile"]) == ("L", grey(1.8))


def test_a_grey_model_is_shown_the_colours_one_after_the_other(here: Path, ganstudio: Program) -> None:
    write_upscaler(here / "exports" / "up.onnx", channels=1)
    pixels = noise(20, 20)
    save(here / "a.png", pixels)
    save(here / "green.png", pixels[..., 1:2])
    ended = ganstudio("upscale", "a.png", "green.png", "--model", "up", "--out", "out")
    assert "a.png: in colour, and up takes grey: its colours are shown to it one after the other." in ended.err
    assert (pixels_of(here / "out" / "a.png")[..., 1:2] == pixels_of(here / "out" / "green.png")).all()


def test_a_comparison_stands_beside_bicubic_and_is_measured_against_the_reference(
    here: Path, ganstudio: Program
) -> None:
    write_upscaler(here / "exports" / "up.onnx")
    for number, side in enumerate((20, 24)):
        save(here / "small" / f"{number}.png", noise(side, side, seed=number))
        large = Image.fromarray(noise(side, side, seed=number)).resize(
            (2 * side + 1, 2 * side), Image.Resampling.BICUBIC
        )
        large.crop((0, 0, 2 * side, 2 * side)).save(here / f"{number}.png")
    asked = ("upscale", "small", "--model", "up", "--out", "out", "--compare", "--reference", ".", "--json")
    ended = ganstudio(*asked)
    assert ended.code == 0, ended.err
    first, second = json.loads(ended.out)["pictures"]
    assert first["psnr"]["bicubic"] > first["psnr"]["model"]
    assert first["ssim"]["bicubic"] > first["ssim"]["model"]
    assert "PSNR" in ended.err
    assert "LPIPS is left out" in ended.err
    compared = pixels_of(here / "out" / "0-compare.png")
    assert compared.shape == (40, 120, 3)
    assert (compared[:, 40:80] == pixels_of(here / "out" / "0.png")).all()
    again = json.loads(ganstudio(*asked).out)["pictures"]  # from the files
    assert [one["there"] for one in again] == [True, True]
    assert again[1]["psnr"] == second["psnr"]
