"""Images that are not square, and images with alpha, from the files to what networks would see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.manifest import parse
from ganstudio.data.pack import add
from ganstudio.data.repack import existing_set
from ganstudio.data.run_data import add_command, data_record
from ganstudio.data.staging import PixelWriter
from ganstudio.units import Size, parse_size, recipe_text, size_at, size_text

CLEAR_RED, GREEN = (255, 0, 0, 0), (0, 255, 0, 255)


def halves(path: Path, width: int = 40, height: int = 20) -> Path:
    """A picture of which the left half is red and clear, the right half green and opaque."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGBA", (width, height), GREEN)
    image.paste(CLEAR_RED, (0, 0, width // 2, height))
    image.save(path)
    return path


@pytest.mark.parametrize(
    ("text", "size"),
    [("64", 64), ("64x64", 64), ("128x64", (64, 128)), ("128X64", (64, 128)), ("x", None), ("1x2x3", None)],
)
def test_a_size_is_written_width_first_and_held_height_first(text: str, size: Size | None) -> None:
    assert parse_size(text) == size
    if size is not None:
        assert size_text(size) == text.lower().replace("64x64", "64")


def test_a_recipe_has_height_first() -> None:
    assert (recipe_text((64, 128)), recipe_text((64, 64))) == ("[64, 128]", "64")


@pytest.mark.parametrize(
    ("stored", "resolution", "seen"),
    [((24, 40), 12, (12, 20)), ((40, 24), 48, (80, 48)), ((24, 40), 16, (16, 27)), ((24, 40), (16, 16), (16, 16))],
)
def test_a_whole_number_is_the_short_side_and_two_are_the_size(
    stored: tuple[int, int], resolution: int | tuple[int, int], seen: tuple[int, int]
) -> None:
    assert size_at("HWC", None, stored, resolution) == seen
    assert size_at("DHWC", 12, (24, 24), 12) == (6, 12, 12)


def test_a_picture_packed_with_alpha_is_black_where_it_is_clear(home: Path, tmp_path: Path) -> None:
    halves(tmp_path / "set" / "a.png")
    data = add(tmp_path / "set", size=(20, 40), mode="rgba")
    assert (data.manifest.shape, data.manifest.resolution, data.manifest.as_json()["size"]) == (
        (20, 40, 4),
        20,
        [20, 40],
    )
    image = data.images()[0]
    assert (image[:, :20] == 0).all()
    assert (image[:, 20:] == GREEN).all()


@pytest.mark.parametrize(
    ("fit", "left", "right"), [("crop", 0, 255), ("pad", 0, 0), ("stretch", 0, 255)], ids=["crop", "pad", "stretch"]
)
def test_each_fit_fills_a_high_rectangle(home: Path, tmp_path: Path, fit: str, left: int, right: int) -> None:
    halves(tmp_path / "set" / "a.png")
    image = add(tmp_path / "set", size=(32, 16), fit=fit, mode="rgba").images()[0]  # type: ignore[arg-type]
    assert image.shape == (32, 16, 4)
    assert (image[2, 0, 3], image[2, -1, 3]) == (left, right)  # a bar of "pad" is clear
    assert tuple(image[16, -1]) == GREEN


def test_a_picture_that_lies_on_its_side_is_cut_after_it_is_turned(home: Path, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    tall = np.zeros((40, 20, 3), np.uint8)
    tall[:20] = (255, 255, 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter, clockwise, to be seen
    Image.fromarray(np.rot90(tall)).save(tmp_path / "set" / "a.png", exif=exif)
    image = add(tmp_path / "set", size=(40, 20), mode="gray").images()[0, :, :, 0]
    assert (image[:20] == 255).all()
    assert (image[20:] == 0).all()


def test_numbers_of_four_channels_keep_their_alpha(home: Path, tmp_path: Path) -> None:
    pixels = np.zeros((3, 16, 24, 4), np.uint8)
    pixels[..., 0] = 200
    pixels[:, :, 12:, 3] = 255
    np.save(tmp_path / "cut.npy", pixels)
    images = add(tmp_path / "cut.npy", size=(16, 24), mode="rgba").images()
    assert (images[:, :, :12] == 0).all()
    assert (images[:, :, 12:] == (200, 0, 0, 255)).all()


def test_half_the_short_side_needs_no_store_and_another_aspect_is_cut_from_the_files(
    home: Path, tmp_path: Path
) -> None:
    halves(tmp_path / "set" / "a.png")
    data = add(tmp_path / "set", size=(20, 40), mode="rgba")
    assert at_resolution(data, 10) is data
    assert at_resolution(data, (10, 20)) is data
    square = at_resolution(data, (20, 20)).manifest
    assert (square.name, square.shape) == ("set@20x20", (20, 20, 4))
    larger = at_resolution(data, 30).manifest
    assert (larger.name, larger.shape) == ("set@30", (30, 60, 4))


def test_the_command_and_the_record_of_a_rectangle_pack_it_again(home: Path, tmp_path: Path) -> None:
    halves(tmp_path / "set" / "a.png")
    data = add(tmp_path / "set", size=(20, 40), mode="rgba")
    record = json.loads(json.dumps(data_record(data)))
    assert (record["resolution"], record["size"]) == (20, [20, 40])
    assert str(add_command(record)).endswith("--size 40x20 --mode rgba")
    again = existing_set(tmp_path / "set", "set", {"size": (20, 40)})
    assert again is not None
    assert (again.unchanged, again.others) == (True, [])


def test_a_manifest_of_an_earlier_version_is_of_square_images(home: Path, tmp_path: Path) -> None:
    halves(tmp_path / "set" / "a.png")
    record = add(tmp_path / "set", size=16).manifest.as_record()
    assert parse(json.dumps(record)) == parse(json.dumps({k: v for k, v in record.items() if k != "size"}))
    with pytest.raises(ValueError, match="size"):
        parse(json.dumps({**record, "size": [20, 24]}))


def test_squares_have_the_fingerprint_that_they_had(tmp_path: Path) -> None:
    ways = [PixelWriter(tmp_path / str(n), size, 3) for n, size in enumerate((8, (8, 8)))]
    assert ways[0].shape == ways[1].shape == (8, 8, 3)


def test_notes_on_sizes_have_the_width_first(home: Path, tmp_path: Path) -> None:
    halves(tmp_path / "set" / "a.png")
    manifest = replace(add(tmp_path / "set", size=(20, 40)).manifest, enlarged=None)
    (note,) = manifest.size_notes(10)
    assert "stored in 40x20 px and seen in 20x10 px" in note
