from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.errors import StudioError
from ganstudio.inference.pixels import grid, square, strips, to_pixels, write_png


def test_the_ends_and_the_middle_of_the_range_become_0_255_and_the_even_128() -> None:
    images = np.array([-1.0, 0.0, 1.0, -1.5, 7.0, np.inf], np.float32).reshape(1, 1, 1, 6)
    assert to_pixels(images).ravel().tolist() == [0, 128, 255, 0, 255, 255]


def test_every_pixel_value_survives_the_way_to_floats_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    images = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    np.testing.assert_array_equal(to_pixels(images), pixels)


def test_channels_come_last_and_stay_in_order() -> None:
    images = np.stack([np.full((2, 3), value, np.float32) for value in (-1, 0, 1)])[None]
    pixels = to_pixels(images)
    assert pixels.shape == (1, 2, 3, 3)
    assert pixels[0, 0, 0].tolist() == [0, 128, 255]


def test_clips_keep_their_frames_before_height_width_and_channels() -> None:
    images = np.linspace(-1, 1, 2 * 3 * 4 * 5 * 6, dtype=np.float32).reshape(2, 3, 4, 5, 6)
    pixels = to_pixels(images)
    assert pixels.shape == (2, 4, 5, 6, 3)
    np.testing.assert_array_equal(pixels[1, 2], to_pixels(images[:, :, 2])[1])


def test_a_strip_is_all_frames_in_a_row() -> None:
    clips = np.random.RandomState(0).randint(0, 256, (2, 5, 4, 3, 1)).astype(np.uint8)
    strip = strips(clips)
    assert strip.shape == (2, 4, 15, 1)
    for frame in range(5):
        np.testing.assert_array_equal(strip[:, :, 3 * frame : 3 * frame + 3], clips[:, frame])


@pytest.mark.parametrize(
    ("depth", "most", "shown"),
    [(16, 8, [1, 3, 5, 7, 9, 11, 13, 15]), (5, 8, [0, 1, 2, 3, 4]), (32, 4, [4, 12, 20, 28]), (3, 1, [1])],
)
def test_a_short_strip_shows_frames_that_are_evenly_spaced(depth: int, most: int, shown: list[int]) -> None:
    clips = np.arange(depth, dtype=np.uint8).reshape(1, depth, 1, 1, 1)
    assert strips(clips, most).ravel().tolist() == shown


def test_a_picture_is_a_strip_of_itself() -> None:
    pixels = np.zeros((2, 4, 3, 1), np.uint8)
    assert strips(pixels, 8) is pixels


def test_a_nan_is_named_and_never_drawn() -> None:
    images = np.zeros((3, 1, 2, 2), np.float32)
    images[1, 0, 0, 0] = np.nan
    with pytest.raises(StudioError, match="1 of 3 images hold NaN"):
        to_pixels(images)


def test_a_grid_runs_row_by_row_and_ends_in_black() -> None:
    tiles = np.stack([np.full((2, 3, 1), value, np.uint8) for value in (1, 2, 3, 4, 5)])
    picture = grid(tiles, 3)
    assert picture.shape == (4, 9, 1)
    assert picture[::2, ::3, 0].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert grid(tiles, 3, rows=4).shape == (8, 9, 1)
    assert grid(tiles, 8).shape == (2, 24, 1)


def test_a_grid_keeps_each_tile_whole() -> None:
    tiles = np.random.RandomState(0).randint(0, 256, (6, 4, 5, 3)).astype(np.uint8)
    picture = grid(tiles, 2)
    np.testing.assert_array_equal(picture[4:8, 5:10], tiles[3])


def test_tiles_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="5 tiles do not fit 2 x 2"):
        grid(np.zeros((5, 1, 1, 1), np.uint8), 2, rows=2)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (64, 8), (65, 9)])
def test_a_square_grid_holds_the_tiles(count: int, columns: int) -> None:
    assert square(count) == columns


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_gives_back_its_pixels_and_its_words(tmp_path: Path, channels: int) -> None:
    pixels = np.random.RandomState(0).randint(0, 256, (5, 7, channels)).astype(np.uint8)
    path = tmp_path / "a.png"
    write_png(path, pixels, {"Software": "ganstudio 0.1.0", "Class": "日本"})
    with Image.open(path) as image:
        assert image.mode == ("L" if channels == 1 else "RGB")
        np.testing.assert_array_equal(np.asarray(image).reshape(5, 7, channels), pixels)
        assert image.text == {"Software": "ganstudio 0.1.0", "Class": "日本"}  # type: ignore[attr-defined]


def test_the_same_pixels_give_the_same_bytes_and_no_other_file(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 1), np.uint8)
    write_png(tmp_path / "a.png", pixels, {"Seed": "1"})
    write_png(tmp_path / "b.png", pixels, {"Seed": "1"})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_a_png_of_five_channels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[4, 4, 5\]"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 5), np.uint8), {})
    assert not list(tmp_path.iterdir())
