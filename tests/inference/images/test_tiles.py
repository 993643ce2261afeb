"""Tiles that are put together again are the picture, whatever its size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.images.tiles import Tile, Tiling, fixed_tiling, stitch, tiling_for


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.RandomState(0).randint(0, 256, (height, width, 3)).astype(np.uint8)


def doubled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels.repeat(2, 0).repeat(2, 1)


@pytest.mark.parametrize("size", [(100, 300), (300, 100), (96, 96), (97, 251), (64, 1000), (17, 90)])
@pytest.mark.parametrize("radius", [8, None])
@pytest.mark.parametrize("step", [1, 4])
def test_tiles_that_agree_make_the_picture_whatever_its_size(
    size: tuple[int, int], radius: int | None, step: int
) -> None:
    size = (-(-size[0] // step) * step, -(-size[1] // step) * step)
    picture = noise(*size)
    tiling = tiling_for(size, 64 * 64, 8, radius, step)
    seen: list[Tile] = []

    def made(tile: Tile) -> NDArray[np.uint8]:
        seen.append(tile)
        part = picture[tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop]
        assert part.shape[:2] == tiling.tile
        assert tile.rows.start % step == tile.columns.start % step == 0
        return doubled(part)

    out = np.zeros((2 * size[0], 2 * size[1], 3), np.uint8)
    stitch(tiling, 2, made, out)
    assert (out == doubled(picture)).all()
    assert len(seen) == tiling.count
    assert tiling.tile[0] * tiling.tile[1] <= 64 * 64


def test_what_is_taken_of_a_tile_is_an_overlap_away_from_its_border_but_for_that_of_the_picture() -> None:
    tiling = tiling_for((200, 130), 64 * 64, 10, 10)
    for tile in tiling.tiles():
        for span, side in zip(tile, tiling.size, strict=True):
            assert span.first == 0 or span.first - span.start >= 10
            assert span.last == side or span.stop - span.last >= 10


def test_a_picture_that_is_no_larger_than_a_tile_is_shown_whole() -> None:
    assert tiling_for((32, 128), 64 * 64, 8, 8) == Tiling((32, 128), (32, 128))


def test_tiles_that_disagree_are_blended_without_a_jump() -> None:
    """Each tile is of one grey, the next of another: along every line the steps are small."""
    tiling = fixed_tiling((160, 160), (64, 64))
    greys = iter(range(0, 250, 20))
    out = np.zeros((160, 160, 1), np.uint8)
    stitch(tiling, 1, lambda _: np.full((64, 64, 1), next(greys), np.uint8), out)
    blended = 2 * tiling.blend
    for axis in (0, 1):
        assert np.abs(np.diff(out.astype(int), axis=axis)).max() <= -(-80 // blended) + 1


def test_what_no_tile_answers_stays() -> None:
    out = noise(40, 40)
    before = out.copy()
    stitch(Tiling((40, 40), (24, 24), 4, 2), 1, lambda _: None, out)
    assert (out == before).all()


def test_tiles_of_nothing_but_overlap_are_refused_with_the_least_that_will_do() -> None:
    with pytest.raises(UsageError, match="--tile: 64 px are too few for an overlap of 32 px") as raised:
        tiling_for((100, 100), 10**6, 32, 32, side=64)
    assert raised.value.hint == "--tile 80"
    assert tiling_for((100, 100), 10**6, 32, 32, side=80).count == 9
