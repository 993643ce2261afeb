"""`ganstudio inpaint`: what the mask does not mark stays as it was, to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save
from tests.data.profiles import DISPLAY_P3
from tests.inference.images.networks import write_copier, write_filler

FILLED = 191  # 0.5 in [-1, 1]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [("height", "width"), (32, 32)], ids=["any size", "one size"])
@pytest.mark.parametrize("model_channels", [1, 3])
def test_only_what_is_white_in_the_mask_is_changed(
    here: Path, ganstudio: Program, channels: int, size: tuple[int, int], model_channels: int
) -> None:
    write_filler(here / "exports" / "fill.onnx", model_channels, size)
    pixels, mask = noise(50, 70, channels), np.zeros((50, 70, 1), np.uint8)
    mask[10:40, 20:33] = 255
    save(here / "a.png", pixels, icc_profile=DISPLAY_P3 if channels == 3 else None)
    save(here / "hole.png", mask)
    ended = ganstudio("inpaint", "a.png", "--mask", "hole.png", "--model", "fill", "--out", "out", "--json")
    assert ended.code == 0, ended.err
    made, hole = pixels_of(here / "out" / "a.png"), mask[..., 0] == 255
    assert (made[~hole] == pixels[~hole]).all()
    assert (made[hole] == FILLED).all()
    assert json.loads(ended.out)["pictures"][0]["filled"] == hole.sum()


def test_by_alpha_all_that_is_not_opaque_is_filled_in(here: Path, ganstudio: Program) -> None:
    write_filler(here / "exports" / "fill.onnx")
    pixels = noise(20, 20, 4)
    pixels[..., 3] = 255
    pixels[5:9, 5:9, 3], pixels[9, 5:9, 3] = 0, 100
    save(here / "a.png", pixels)
    assert ganstudio("inpaint", "a.png", "--mask", "alpha", "--model", "fill", "--out", "out").code == 0
    made, hole = pixels_of(here / "out" / "a.png"), pixels[..., 3] < 255
    assert made.shape == (20, 20, 3)
    assert (made[~hole] == pixels[~hole][:, :3]).all()
    assert (made[hole] == FILLED).all()


def test_transparency_outside_the_mask_stays_and_hidden_colours_too(here: Path, ganstudio: Program) -> None:
    write_filler(here / "exports" / "fill.onnx")
    pixels, mask = noise(20, 20, 4), np.zeros((20, 20, 1), np.uint8)
    pixels[:, :10, 3] = 0
    mask[5:9, 5:15] = 255
    save(here / "a.png", pixels)
    save(here / "hole.png", mask)
    assert ganstudio("inpaint", "a.png", "--mask", "hole.png", "--model", "fill", "--out", "out").code == 0
    made, hole = pixels_of(here / "out" / "a.png"), mask[..., 0] == 255
    assert (made[~hole] == pixels[~hole]).all()
    assert (made[hole] == [FILLED, FILLED, FILLED, 255]).all()


def test_a_folder_of_masks_has_one_a_picture(here: Path, ganstudio: Program) -> None:
    write_filler(here / "exports" / "fill.onnx")
    for name in "abc":
        save(here / "photos" / f"{name}.png", noise(20, 20))
    for name, column in (("a", 3), ("b", 7)):
        mask = np.zeros((20, 20, 1), np.uint8)
        mask[:, column] = 255
        save(here / "masks" / f"{name}.webp", mask.repeat(3, 2), lossless=True)
    ended = ganstudio("inpaint", "photos", "--mask", "masks", "--model", "fill", "--out", "out")
    assert ended.code == 1
    assert "holds no mask called c" in ended.err
    for name, column in (("a", 3), ("b", 7)):
        changed = (pixels_of(here / "out" / f"{name}.png") != pixels_of(here / "photos" / f"{name}.png")).any((0, 2))
        assert np.flatnonzero(changed).tolist() == [column]


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (np.full((20, 20, 1), 255), "white throughout"),
        (np.zeros((20, 20, 1)), "black throughout"),
        (np.zeros((20, 21, 1)), "hole.png is 21x20, the picture 20x20"),
        (None, "has no transparency"),
    ],
)
def test_a_mask_that_leaves_nothing_to_do_or_nothing_to_go_by_is_refused(
    here: Path, ganstudio: Program, mask: np.ndarray | None, says: str
) -> None:
    write_filler(here / "exports" / "fill.onnx")
    save(here / "a.png", noise(20, 20))
    if mask is not None:
        save(here / "hole.png", mask.astype(np.uint8))
    given = "alpha" if mask is None else "hole.png"
    ended = ganstudio("inpaint", "a.png", "--mask", given, "--model", "fill", "--out", "out")
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_a_mask_that_is_not_there_is_refused_with_the_nearest(here: Path, ganstudio: Program) -> None:
    write_copier(here / "exports" / "copy.onnx")
    save(here / "hole.png", noise(20, 20))
    ended = ganstudio("inpaint", "hole.png", "--mask", "holle.png", "--model", "copy", "--out", "out")
    assert ended.code == 2
    assert "Did you mean './hole.png'?" in ended.err
