"""Large pictures that are cut into tiles at their full resolution."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.add_once import add_once
from ganstudio.data.manifest import SkippedFile
from ganstudio.data.pack import add
from ganstudio.data.run_data import add_command, data_record
from ganstudio.errors import DataError
from tests.data.pictures import plain


def gradient(path: Path, width: int, height: int) -> np.ndarray:
    """A picture every pixel of which tells where it is, [H, W, 3]."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows, columns, rows * 0 + 7], 2).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def test_tiles_are_the_grid_in_the_middle_of_a_picture_pixel_by_pixel(home: Path, tmp_path: Path) -> None:
    pixels = gradient(tmp_path / "set" / "1.png", 37, 18)
    data = add(tmp_path / "set", size=16, fit="tile")
    assert data.manifest.count == 2
    for tile, left in zip(data.images(), (2, 18), strict=True):
        np.testing.assert_array_equal(tile, pixels[1:17, left : left + 16])


def test_each_tile_tells_of_which_picture_and_class_it_is(home: Path, tmp_path: Path) -> None:
    gradient(tmp_path / "set" / "cat" / "1.png", 32, 32)
    gradient(tmp_path / "set" / "dog" / "2.png", 16, 32)
    data = add(tmp_path / "set", size=16, fit="tile")
    whole, labels = data.whole_pictures(), data.labels()
    assert whole is not None
    assert labels is not None
    assert whole.tolist() == [0, 0, 0, 0, 1, 1]
    assert labels.tolist() == [0, 0, 0, 0, 1, 1]
    assert data.manifest.pictures == 2


def test_a_picture_smaller_than_a_tile_is_skipped_with_its_size(home: Path, tmp_path: Path) -> None:
    gradient(tmp_path / "set" / "1.png", 32, 32)
    plain(tmp_path / "set" / "2.png", size=(40, 15))
    data = add(tmp_path / "set", size=16, fit="tile")
    assert data.manifest.skipped == (SkippedFile("2.png", "smaller than a tile of 16x16: 40x15"),)
    assert data.manifest.enlarged is None
    with pytest.raises(DataError, match=r"all 2 pictures are smaller than a tile \(1\.png: .* of 64x64: 32x32"):
        add(tmp_path / "set", "large", size=64, fit="tile")


def test_a_picture_that_lies_on_its_side_is_cut_upright(home: Path, tmp_path: Path) -> None:
    pixels = gradient(tmp_path / "up.png", 32, 16)
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "set").mkdir()
    Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "set" / "1.png", exif=exif)
    data = add(tmp_path / "set", size=16, fit="tile")
    np.testing.assert_array_equal(data.images()[1], pixels[:, 16:])


def test_the_command_that_packs_tiles_anew_has_their_size(home: Path, tmp_path: Path) -> None:
    gradient(tmp_path / "set" / "1.png", 32, 32)
    data = add(tmp_path / "set", size=16, fit="tile")
    assert add_command(data_record(data)) == f"ganstudio data add {tmp_path / 'set'} --name set --tile 16"


def test_a_training_on_tiles_packs_them_once_beside_a_set_of_scaled_pictures(home: Path, tmp_path: Path) -> None:
    for number in range(2):
        plain(tmp_path / "set" / f"{number}.png", size=(70, 40))
    scaled = add_once(tmp_path / "set")
    told: list[object] = []
    data = add_once(tmp_path / "set", permit=lambda *told_of: told.append(told_of), tile=16)
    assert (data.manifest.name, data.manifest.count, data.manifest.pictures) == ("set-2", 16, 2)
    assert "cut into tiles of 16 px at their full resolution" in data.manifest.notes[0]
    assert told == [("set", None)]  # nobody knows how many tiles there are going to be
    assert add_once(tmp_path / "set", tile=32).path == data.path
    assert add_once(tmp_path / "set").path == scaled.path
