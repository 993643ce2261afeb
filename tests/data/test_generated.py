from __future__ import annotations

import hashlib
import lzma
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.data import catalog, generated
from ganstudio.data.catalog import BUILTIN
from ganstudio.data.generated import SETS, digit_voxels, moving_digits
from ganstudio.data.obtain import open_set


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    raw = lzma.decompress((BUILTIN / "mnist" / "t10k-images-idx3-ubyte.xz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def labels() -> NDArray[np.uint8]:
    raw = lzma.decompress((BUILTIN / "mnist" / "t10k-labels-idx1-ubyte.xz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=8)


def test_the_same_bytes_are_made_on_every_machine(digits: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    clips, _ = next(moving_digits(digits, labels, count=40))
    grids, _ = next(digit_voxels(digits, labels, count=40))
    assert hashlib.sha256(clips.tobytes()).hexdigest()[:16] == "ea41811d535c84b9"
    assert hashlib.sha256(grids.tobytes()).hexdigest()[:16] == "f174539339c17730"


def test_digits_stay_in_the_frame_and_move_at_every_step(labels: NDArray[np.uint8]) -> None:
    board = np.full((1, 28, 28), 255, np.uint8)
    clips, _ = next(moving_digits(board, labels, count=100))
    assert clips.shape == (100, 16, 32, 32, 1)
    # two boards of 14 x 14 pixels after the averaging: apart at most, covering each other at least
    area = clips.sum((2, 3, 4), dtype=np.int64) / 255
    assert area.min() >= 14 * 14 - 1
    assert area.max() <= 2 * 14 * 14 + 1
    assert (clips[:, 1:] != clips[:, :-1]).any(axis=(2, 3, 4)).all()


def test_clips_are_of_many_digits_and_all_paths(digits: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    clips, _ = next(moving_digits(digits, labels, count=100))
    assert len({clip.tobytes() for clip in clips}) == 100
    reached = clips.max((0, 1))[..., 0] > 0
    # a digit has a margin of its own, of 4 pixels of the 64 at most
    assert reached[2:-2].any(1).all()
    assert reached[:, 2:-2].any(0).all()


def test_a_digit_that_is_not_turned_is_a_board_of_its_own_picture(digits: NDArray[np.uint8]) -> None:
    grid = generated._rotated_grid(digits[0], np.zeros(3, np.int64))
    expected = np.pad(digits[0], 2)
    for depth in range(11, 21):
        np.testing.assert_array_equal(grid[depth], expected)
    assert not grid[:10].any()
    assert not grid[22:].any()


def test_a_quarter_turn_about_the_line_of_sight_is_exact(digits: NDArray[np.uint8]) -> None:
    grid = generated._rotated_grid(digits[0], np.array([0, 0, generated._REAL]))
    np.testing.assert_array_equal(grid[16], np.rot90(np.pad(digits[0], 2)))


def test_voxel_classes_take_turns_and_keep_their_digit(digits: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    (grids, classes), *_ = digit_voxels(digits, labels, count=20)
    assert classes.tolist() == [*range(10), *range(10)]
    first = [int(np.flatnonzero(labels == k)[0]) for k in range(10)]
    for grid, digit in zip(grids, digits[first], strict=False):
        # all that the digit holds is in the board, ten voxels deep, but for what the turn takes to its neighbours
        assert grid.sum(dtype=np.int64) == pytest.approx(10 * digit.sum(dtype=np.int64), rel=0.03)


@pytest.mark.parametrize(
    ("name", "make", "axes", "shape"),
    [("moving-mnist", moving_digits, "THWC", (16, 32, 32, 1)), ("voxel-mnist", digit_voxels, "DHWC", (32, 32, 32, 1))],
)
def test_a_generated_set_is_packed_when_its_name_is_used(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, make: generated.Blocks, axes: str, shape: tuple[int, ...]
) -> None:
    small = replace(SETS[name], count=30, blocks=partial(make, count=30))
    monkeypatch.setitem(catalog.KNOWN, name, small)
    seen: list[tuple[int, int]] = []
    data = open_set(name, lambda *at: seen.append(at))
    assert data.images().shape == (30, *shape)
    assert data.manifest.axes == axes
    assert seen[-1] == (30, 30)
    assert (data.labels() is None) == (name == "moving-mnist")
    assert open_set(name) == data
