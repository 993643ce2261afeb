"""`ganstudio translate`: sizes, domains, colours and transparency."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save
from tests.data.profiles import DISPLAY_P3
from tests.inference.images.networks import write_copier, write_greyer, write_shrinker


@pytest.mark.parametrize("size", [(20, 21), (64, 64), (50, 130), (1, 1), (3, 90)])
def test_a_model_of_one_size_gives_every_size_back(here: Path, ganstudio: Program, size: tuple[int, int]) -> None:
    write_copier(here / "exports" / "copy.onnx", size=(64, 48))
    save(here / "a.png", noise(*size))
    ended = ganstudio("translate", "a.png", "--model", "copy", "--out", "out")
    assert ended.code == 0, ended.err
    assert (pixels_of(here / "out" / "a.png") == pixels_of(here / "a.png")).all()
    assert ("larger than the 48x64 px that copy takes" in ended.err) == (size[0] > 64 or size[1] > 48)


@pytest.mark.parametrize("size", [(20, 24), (21, 26), (5, 5)])
def test_sides_that_are_no_multiples_are_filled_up_by_reflection(
    here: Path, ganstudio: Program, size: tuple[int, int]
) -> None:
    write_shrinker(here / "exports" / "shrink.onnx", multiple=4)
    pixels = noise(*size)
    save(here / "a.png", pixels)
    assert ganstudio("translate", "a.png", "--model", "shrink", "--out", "out").code == 0
    padded = np.pad(pixels, ((0, -size[0] % 4), (0, -size[1] % 4), (0, 0)), "reflect").astype(float)
    means = padded.reshape(padded.shape[0] // 4, 4, padded.shape[1] // 4, 4, 3).mean((1, 3))
    wanted = np.rint(means).repeat(4, 0).repeat(4, 1)[: size[0], : size[1]]
    assert np.abs(pixels_of(here / "out" / "a.png") - wanted).max() <= 1


def test_a_domain_is_a_label(here: Path, ganstudio: Program) -> None:
    write_greyer(here / "exports" / "seasons.onnx", ("spring", "summer", "winter"))
    save(here / "a.png", noise(20, 20))
    for domain, grey in (("spring", 0), ("summer", 128), ("winter", 255)):
        assert ganstudio("translate", "a.png", "--model", "seasons", "--domain", domain, "--out", domain).code == 0
        assert (pixels_of(here / domain / "a.png") == grey).all()


@pytest.mark.parametrize(("channels", "made"), [(1, 3), (3, 1), (4, 4)])
def test_channels_are_those_that_the_model_takes_and_makes(
    here: Path, ganstudio: Program, channels: int, made: int
) -> None:
    write_copier(here / "exports" / "copy.onnx", channels, made)
    pixels = noise(20, 20)
    save(here / "a.png", pixels)
    ended = ganstudio("translate", "a.png", "--model", "copy", "--out", "out")
    found = pixels_of(here / "out" / "a.png")
    grey = np.asarray(Image.fromarray(pixels).convert("L"))[..., None]
    wanted = {1: grey.repeat(3, 2), 3: pixels.mean(2, keepdims=True), 4: np.dstack([pixels, np.full((20, 20), 255)])}
    assert found.shape[2] == made
    assert np.abs(found - wanted[channels].astype(float)).max() <= 1
    assert ("its colours are shown to it by luma" in ended.err) == (channels == 1)


def test_transparency_is_kept_and_what_is_clear_is_shown_as_white(here: Path, ganstudio: Program) -> None:
    write_shrinker(here / "exports" / "shrink.onnx", multiple=2)
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, 7:, 3] = 255
    save(here / "a.png", pixels)
    assert ganstudio("translate", "a.png", "--model", "shrink", "--out", "out").code == 0
    made = pixels_of(here / "out" / "a.png")
    assert (made[..., 3] == pixels[..., 3]).all()
    assert (made[:, 7, :3] == 128).all()  # half of it was clear
    assert (made[:, :7] == 0).all()


def test_colours_are_srgb_as_the_model_learned_them(here: Path, ganstudio: Program) -> None:
    write_copier(here / "exports" / "copy.onnx")
    Image.new("RGB", (16, 16), (200, 60, 60)).save(here / "a.png", icc_profile=DISPLAY_P3)
    assert ganstudio("translate", "a.png", "--model", "copy", "--out", "out").code == 0
    with Image.open(here / "out" / "a.png") as made:
        assert "icc_profile" not in made.info
        red, green, _ = made.getpixel((8, 8))  # type: ignore[misc]
    assert red > 205
    assert green < 60


def test_json_tells_what_was_made(here: Path, ganstudio: Program) -> None:
    write_copier(here / "exports" / "copy.onnx")
    save(here / "a.png", noise(20, 30))
    answer = json.loads(ganstudio("translate", "a.png", "--model", "copy", "--out", "out", "--json").out)
    path = str(here / "out" / "a.png")
    assert answer == {
        "model": "copy",
        "export": str(here / "exports" / "copy.onnx"),
        "provider": "cpu",
        "scale": 1,
        "pictures": [
            {"source": str(here / "a.png"), "path": path, "there": False, "width": 30, "height": 20}
            | {"tiles": 1, "seams": None, "notes": []}
        ],
        "failed": [],
    }
