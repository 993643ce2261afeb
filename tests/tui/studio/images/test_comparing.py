"""What Studio's page for pictures draws, and how it is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.inference.images.answer import FULL, Box, before, mixed
from ganstudio.tui.studio.images.comparing import Layer, hole_on_page
from ganstudio.tui.studio.images.retouch import STEPS, Camera, Wipe, moved_box, resized_box
from tests.tui.studio.images.images_pilot import noise


def test_a_line_that_is_moved_across_turns_and_begins_in_the_middle() -> None:
    line = Wipe().moved(1, 0).moved(1, 0)
    assert line == Wipe(True, 12)
    assert line.moved(0, 1) == Wipe(False)
    assert line.moved(0, 1).moved(0, 1) == Wipe(False, 9)
    assert line.moved(100, 0).place == STEPS


def test_what_is_seen_stays_within_the_picture_and_is_never_a_few_pixels() -> None:
    camera = Camera()
    for _ in range(20):
        camera = camera.zoomed(True, (64, 100))
    assert camera.zoom == 4
    for _ in range(40):
        camera = camera.panned(1, -1)
    assert camera.box((64, 100)) == (48, 75, 16, 25)
    assert camera.zoomed(False, (64, 100)).box((64, 100)) == (32, 50, 32, 50)


@pytest.mark.parametrize("size", [(1, 1), (3, 100), (40, 60)])
def test_a_box_never_leaves_the_picture_nor_fills_it(size: tuple[int, int]) -> None:
    hole: object = Box(0, 0, 1, 1)
    for x, y in [(1, 0), (0, -1), (-1, 0), (0, 1)] * 3 + [(1, -1)] * 40:
        for change in (moved_box, resized_box):
            hole = change(hole, size, x, y)  # type: ignore[arg-type]
            assert isinstance(hole, Box)
            assert hole.top >= 0
            assert hole.left >= 0
            assert hole.height >= 1
            assert hole.width >= 1
            assert hole.top + hole.height <= size[0]
            assert hole.left + hole.width <= size[1]
            assert (hole.height, hole.width) != size or size == (1, 1)


@pytest.mark.parametrize(
    ("seen", "page", "there"),
    [
        ((0, 0, 64, 64), (64, 64), (28, 16, 43, 31)),
        ((0, 0, 64, 64), (62, 62), (27, 15, 42, 30)),  # all that is filled lies within
        ((0, 0, 64, 64), (128, 128), (56, 32, 87, 63)),
        ((32, 0, 32, 32), (32, 32), (0, 16, 11, 31)),
        ((0, 32, 32, 32), (32, 32), None),
    ],
)
def test_a_box_s_edge_lies_around_what_is_filled(
    seen: tuple[int, int, int, int], page: tuple[int, int], there: tuple[int, int, int, int] | None
) -> None:
    assert hole_on_page(Box(28, 16, 16, 16), seen, page) == there


def test_a_large_picture_is_looked_at_as_a_whole_in_a_smaller_copy() -> None:
    pixels = np.zeros((8, 5000, 3), np.uint8)
    pixels[:, 2500:] = 200
    layer = Layer(pixels)
    assert layer.part((0, 0, 8, 5000), (100, 100)).shape == (2, 1666, 3)
    assert np.array_equal(layer.part((0, 2490, 8, 20), (100, 100)), pixels[:, 2490:2510])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_strength_mixes_pictures_of_any_channels(channels: int) -> None:
    from ganstudio.data.whole_picture import WholePicture

    whole = WholePicture(noise(6, 5), noise(6, 5, 1)[..., 0])
    made = noise(12, 10, channels, seed=1)
    own = before(whole, made, 2)
    assert own.shape == made.shape
    assert np.array_equal(mixed(own, made, FULL), made)
    assert np.array_equal(mixed(own, made, 0), own)
    half = own.astype(float) / 2 + made.astype(float) / 2
    assert np.abs(mixed(own, made, 5) - half).max() <= 0.5
