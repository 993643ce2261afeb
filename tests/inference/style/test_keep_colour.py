"""Colours that are kept: chroma to the level, means within the figure that is promised."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.inference.style.keep_colour import MOST_LEVELS, keep_colours
from tests.cli.images.conftest import noise


def test_luminance_is_the_painting_s_and_the_rest_the_content_s() -> None:
    content = np.full((4, 4, 3), (120, 100, 80), np.uint8)
    painted = np.full((4, 4, 3), 100, np.uint8)
    painted[:2] = 140  # mean 120, and the content's luminance is 104.7: what is left is 20 up and 20 down
    assert keep_colours(painted, content) == 1
    assert np.abs(painted[:2].astype(int) - (140, 120, 100)).max() <= 1
    assert np.abs(painted[2:].astype(int) - (100, 80, 60)).max() <= 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 0, 255), (250, 250, 250), (128, 128, 128), (3, 3, 3)])
def test_the_mean_colour_moves_by_less_than_five_levels_whatever_is_painted(
    seed: int, colour: tuple[int, int, int]
) -> None:
    content = np.broadcast_to(np.array(colour, np.uint8), (300, 20, 3))
    painted = np.where(noise(300, 20, 1, seed) > 100 * seed, np.uint8(255), np.uint8(0)).repeat(3, 2)
    share = keep_colours(painted, content)
    assert 0 < share <= 1
    assert np.abs(painted.mean((0, 1)) - colour).max() <= MOST_LEVELS + 0.6 < 5


def test_what_cannot_be_seen_does_not_count() -> None:
    content, painted = np.full((8, 8, 3), 100, np.uint8), np.full((8, 8, 3), 60, np.uint8)
    content[:4] = painted[:4] = 255  # clear, laid over white
    visible = np.zeros((8, 8), bool)
    visible[4:] = True
    keep_colours(painted, content, visible)
    assert (painted[4:] == 100).all()
