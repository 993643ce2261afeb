"""Measures of drawn shapes, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent import measures


def bar(left: int, right: int, top: int = 4, bottom: int = 28, side: int = 32, channels: int = 1) -> NDArray[np.uint8]:
    """One picture of a white bar on black; right and bottom are the first pixels beyond it."""
    pixels = np.zeros((1, side, side, channels), np.uint8)
    pixels[0, top:bottom, left:right] = 255
    return pixels


def sheared(shear: float, side: int = 33) -> NDArray[np.uint8]:
    """A line that leans to the right by `shear` pixels for each pixel upwards, with soft edges."""
    rows, columns = np.mgrid[:side, :side] - side // 2
    near = 1.5 - np.abs(columns + shear * rows)
    pixels = np.where(np.abs(rows) < 12, 255 * np.clip(near, 0, 1), 0)
    return pixels[None, :, :, None].astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_size_is_the_share_of_the_foreground(channels: int) -> None:
    assert measures.size(bar(10, 14, channels=channels)) == pytest.approx([4 * 24 / 32**2])


def test_a_dark_shape_on_white_is_foreground_too() -> None:
    assert measures.size(255 - bar(10, 14)) == measures.size(bar(10, 14))
    assert measures.thickness(255 - bar(10, 14)) == measures.thickness(bar(10, 14))


def test_alpha_is_the_foreground_where_there_is_some() -> None:
    pixels = np.zeros((1, 32, 32, 4), np.uint8)
    pixels[0, 4:28, 10:14, 3] = 255
    assert measures.size(pixels) == pytest.approx([4 * 24 / 32**2])
    assert measures.brightness(pixels) == [0]
    pixels[0, :, :, :3] = 255
    assert measures.brightness(pixels) == pytest.approx([1])


def test_noise_of_the_background_is_no_foreground() -> None:
    noisy = bar(10, 14) + np.random.RandomState(0).randint(0, 20, (1, 32, 32, 1)).astype(np.uint8) * (bar(10, 14) == 0)
    assert measures.size(noisy) == measures.size(bar(10, 14))


@pytest.mark.parametrize("width", [2, 4, 6])
def test_thickness_is_the_width_of_a_stroke_less_its_ends(width: int) -> None:
    # t L / (L + t); a pixel's corners make the drawn edge shorter than the true one by less than a twentieth
    assert measures.thickness(bar(10, 10 + width)) == pytest.approx([width * 24 / (24 + width)], rel=0.05)


def test_a_longer_stroke_is_not_thicker_by_more_than_its_ends() -> None:
    short, long = measures.thickness(np.concatenate([bar(10, 14, 10, 22), bar(10, 14, 0, 31)]))
    assert short == pytest.approx(3, rel=0.05)
    assert long == pytest.approx(4 * 31 / 35, rel=0.05)


@pytest.mark.parametrize("shear", [-0.5, 0.0, 0.25, 0.5])
def test_slant_is_the_shear(shear: float) -> None:
    assert measures.slant(sheared(shear)) == pytest.approx([shear], abs=0.02)


def test_a_flat_line_has_a_slant_of_nothing() -> None:
    assert measures.slant(bar(4, 28, 15, 16)) == pytest.approx([0])


def test_balance_goes_from_the_left_edge_to_the_right() -> None:
    assert measures.balance(np.concatenate([bar(0, 8), bar(14, 18), bar(24, 32)])) == pytest.approx([-0.375, 0, 0.375])


def test_colours_are_those_of_the_pixels() -> None:
    red, blue, grey = np.zeros((3, 1, 8, 8, 3), np.uint8)
    red[..., 0], blue[..., 2], grey[:] = 255, 255, 51
    pixels = np.concatenate([red, blue, grey])
    assert measures.warmth(pixels) == pytest.approx([1, -1, 0])
    assert measures.saturation(pixels) == pytest.approx([1, 1, 0])
    assert measures.brightness(pixels) == pytest.approx([0.299, 0.114, 0.2])


def test_an_empty_picture_has_measures_of_nothing() -> None:
    empty = np.zeros((2, 32, 32, 1), np.uint8)
    names = measures.measures_of(1)
    assert (measures.measured(empty, names) == 0).all()
    assert measures.measured(empty, names).shape == (2, 5)


def test_measures_of_colour_want_colours() -> None:
    assert "warmth" not in measures.measures_of(1)
    with pytest.raises(UsageError, match="grey pictures have none"):
        measures.check_measures(["warmth"], 1)
    with pytest.raises(UsageError, match="thickness"):
        measures.check_measures(["thicknes"], 3)
