"""What is behind the screen Studio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganstudio.inference.explore import at_seed
from ganstudio.tui.studio.exploration import Exploration, command, seed_of
from ganstudio.tui.studio.picture_cache import PictureCache
from ganstudio.tui.widgets.mosaic import Sheet, laid_out


def test_an_album_keeps_the_last_pictures_and_many_where_they_are_small() -> None:
    cache = PictureCache(least=2, room=100)
    points = [at_seed(seed, 4) for seed in range(5)]
    for point in points:
        cache.put(point, np.zeros((4, 4, 3), np.uint8))
    assert [point in cache for point in points] == [False, False, False, True, True]
    cache = PictureCache(least=2, room=1000)
    for point in points:
        cache.put(point, np.zeros((4, 4, 3), np.uint8))
    assert all(point in cache for point in points)
    cache.put(points[0], None)
    assert points[0] in cache
    assert cache.get(points[0]) is None


def test_going_nowhere_leaves_no_step_to_undo() -> None:
    here = at_seed(1, 8)
    seen = Exploration(point=here)
    assert seen.with_point(here) == seen
    assert seen.with_point(at_seed(2, 8)).without_last() == seen
    assert seen.without_last() == seen
    assert Exploration().with_walk() == Exploration().with_grid(3) == Exploration()


@pytest.mark.parametrize("text", ["", "-1", "1-2", "1,2", "4294967296", "9" * 5000, "1.5", "a"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    from ganstudio.errors import UsageError

    with pytest.raises(UsageError, match="is no seed"):
        seed_of(text)


def test_a_seed_may_have_spaces_around_it() -> None:
    assert seed_of(" 42 ") == 42


def test_a_command_tells_class_and_truncation(models: Path) -> None:
    from ganstudio.inference.exports import Export

    pets, styles = (Export.load(models / f"{name}.onnx") for name in ("pets", "styles"))
    assert command(pets, at_seed(3, 100, 2))[-2:] == ["--class", "7"]
    assert command(styles, at_seed(3, 100, psi=0.5))[-2:] == ["--psi", "0.5"]


GROUND, MARK = (1, 2, 3), (9, 8, 7)


def tile(grey: int) -> Any:
    return np.full((8, 8, 1), grey, np.uint8)


def test_a_sheet_marks_one_tile_and_leaves_ground_between_them() -> None:
    page = laid_out(Sheet((tile(50), tile(60), None, tile(70)), 3, 2), 24, 24, GROUND, MARK)
    assert page.shape == (22, 22, 3)  # two tiles of 8 with 2 around each
    assert (page[2:10, 2:10] == 50).all()
    assert (page[2:10, 12:20] == 60).all()
    assert (page[12:20, 2:10] == GROUND).all()
    assert (page[12:20, 12:20] == 70).all()
    assert (page[11, 11:21] == MARK).all()
    assert (page[10] == GROUND).all()


def test_of_many_tiles_those_around_the_marked_one_are_shown() -> None:
    tiles = tuple(tile(number) for number in range(30))
    for marked, first in ((0, 0), (15, 11), (29, 22)):
        page = laid_out(Sheet(tiles, marked, sides=(8,)), 42, 22, GROUND, MARK)
        assert page.shape == (22, 42, 3)  # four by two of them
        assert page[2, 2, 0] == first


def test_a_sheet_without_room_shows_the_marked_tile() -> None:
    page = laid_out(Sheet((tile(50), tile(60)), 1, 2), 3, 3, GROUND, MARK)
    assert (page == 60).all()
