from __future__ import annotations

import numpy as np

from ganstudio.half_blocks import Cells, fitted, half_blocks, over, over_checkerboard, rgb

RED, BLUE = (255, 0, 0), (0, 0, 255)


def pixels(*rows: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_a_cell_holds_two_pixels_and_neighbours_that_are_alike_are_one() -> None:
    assert half_blocks(pixels((RED, RED, BLUE), (BLUE, BLUE, BLUE))) == [
        [Cells("▀▀", 0xFF0000, 0x0000FF), Cells("▀", 0x0000FF, 0x0000FF)]
    ]
    assert half_blocks(np.array([[[7], [7]], [[7], [200]]], np.uint8)) == [
        [Cells("▀", 0x070707, 0x070707), Cells("▀", 0x070707, 0xC8C8C8)]
    ]


def test_an_odd_last_row_fills_its_cells_and_none_above_it_moves() -> None:
    rows = half_blocks(np.arange(5, dtype=np.uint8).reshape(5, 1, 1))
    assert [(cells.foreground & 255, cells.background & 255) for (cells,) in rows] == [(0, 1), (2, 3), (4, 4)]


def test_a_picture_is_enlarged_by_whole_numbers_and_reduced_in_proportion() -> None:
    picture = np.zeros((32, 32, 1), np.uint8)
    assert fitted(picture, 70, 100).shape == (64, 64, 3)
    assert fitted(picture, 20, 10).shape == (10, 10, 3)
    assert fitted(np.zeros((16, 64, 3), np.uint8), 32, 40).shape == (8, 32, 3)


def test_a_smooth_picture_fills_its_room_and_has_no_bricks() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)[None, :, None].repeat(32, 0)
    drawn = fitted(ramp, 72, 100, smooth=True)
    assert drawn.shape == (72, 72, 3)
    steps = np.diff(drawn[36, 4:-4, 0].astype(int))
    assert steps.min() > 0  # a brick would be a step of none and then a large one
    assert steps.max() <= 5
    assert (fitted(ramp, 64, 64)[0, ::2] == fitted(ramp, 64, 64)[0, 1::2]).all()  # which bricks are
    assert (fitted(ramp, 20, 20, smooth=True) == fitted(ramp, 20, 20)).all()  # made smaller it is the same


def test_nothing_of_a_smooth_tile_runs_into_its_neighbour() -> None:
    grid = np.zeros((16, 32, 1), np.uint8)
    grid[:8, 8:16] = grid[8:, 24:] = 255
    drawn = fitted(grid, 80, 40, smooth=True, tile=(8, 8))
    assert set(drawn[:20, 20:40].ravel()) == {255}
    assert set(drawn[:20, :20].ravel()) == {0}
    assert set(drawn[20:, 60:].ravel()) == {255}


def test_reducing_averages_what_falls_on_a_pixel() -> None:
    checks = np.indices((8, 8)).sum(0)[:, :, None].astype(np.uint8) % 2 * 200
    assert set(fitted(checks, 4, 4).ravel()) == {100}


def test_clear_pixels_show_the_ground_and_opaque_ones_hide_it() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [100, 100, 100, 51]]], np.uint8)
    assert over(pixels, 200).tolist() == [[[10, 20, 30], [200] * 3, [180] * 3]]
    np.testing.assert_array_equal(over(pixels[..., :3], 200), pixels[..., :3])


def test_what_is_clear_stands_on_a_checkerboard() -> None:
    shown = over_checkerboard(np.zeros((8, 8, 4), np.uint8))
    assert shown[0, 0].tolist() == shown[4, 4].tolist() == [255] * 3
    assert shown[0, 4].tolist() == shown[4, 0].tolist() == [204] * 3
    assert rgb(np.zeros((8, 8, 4), np.uint8)).tolist() == shown.tolist()
