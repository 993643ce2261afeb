from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import open_set
from ganstudio.data.pack import add
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import DataSet, names, remove
from ganstudio.errors import DataError
from ganstudio.workspace import data_home
from tests.data.pictures import GREEN, plain


@pytest.fixture
def board(home: Path, tmp_path: Path) -> DataSet:
    """A set of 16 px made from a picture of 64 px whose squares of 2 px cannot be seen there."""
    squares = (np.indices((64, 64)) // 2).sum(axis=0) % 2 * 255
    (tmp_path / "boards" / "a").mkdir(parents=True)
    Image.fromarray(squares.astype(np.uint8)).save(tmp_path / "boards" / "a" / "board.png")
    return add(tmp_path / "boards", size=16)


@pytest.mark.parametrize("resolution", [16, 8, 4, 2, 1])
def test_a_divisor_of_the_stored_size_is_served_by_the_store_itself(board: DataSet, resolution: int) -> None:
    assert at_resolution(board, resolution) is board


def test_a_larger_size_shows_the_sources_detail(board: DataSet) -> None:
    derived = at_resolution(board, 64)
    assert derived.manifest.name == "boards@64"
    assert derived.manifest.classes == ("a",)
    assert set(np.unique(derived.images())) == {0, 255}


def test_a_larger_size_is_made_of_the_stored_pixels_where_the_source_has_changed(
    board: DataSet, tmp_path: Path
) -> None:
    plain(tmp_path / "boards" / "a" / "new.png", GREEN)
    derived = at_resolution(board, 64)
    assert derived.images().shape == (1, 64, 64, 1)
    assert derived.images().std() < 10


def test_a_derived_store_is_made_once_and_again_when_its_parent_is_another(board: DataSet, tmp_path: Path) -> None:
    first = at_resolution(board, 24)
    made = (first.path / "images.npy").stat().st_ino
    assert (at_resolution(board, 24).path / "images.npy").stat().st_ino == made
    remove("boards")
    plain(tmp_path / "boards" / "a" / "new.png", GREEN)
    fresh = at_resolution(add(tmp_path / "boards", size=16), 24)
    assert fresh.images().shape == (2, 24, 24, 3)
    assert fresh.manifest.parent != first.manifest.parent


def test_a_stale_or_damaged_derived_store_is_replaced(board: DataSet) -> None:
    first = at_resolution(board, 24)
    (first.path / "images.npy").write_bytes(b"")
    assert at_resolution(board, 24).images().shape == (1, 24, 24, 1)


def solid(name: str, axes: str, depth: int, side: int) -> DataSet:
    """Two items whose value is 10 times their depth, in the whole of a plane."""
    planes = np.arange(depth, dtype=np.uint8)[None, :, None, None, None] * 10
    with staging() as folder:
        writer = PixelWriter(folder / "images.npy", side, 1, depth)
        writer.append(np.broadcast_to(planes, (2, depth, side, side, 1)))
        publish(folder, finish_set(folder, writer, name=name, source="a test", axes=axes))
    return DataSet.load(data_home() / name)


def test_frames_of_a_clip_are_resized_one_by_one(home: Path) -> None:
    clips = solid("clips", "THWC", depth=6, side=8)
    assert at_resolution(clips, 4) is clips
    derived = at_resolution(clips, 12)
    assert (derived.manifest.axes, derived.images().shape) == ("THWC", (2, 6, 12, 12, 1))
    np.testing.assert_array_equal(derived.images()[1, :, 3, 5, 0], np.arange(6) * 10)


def test_a_voxel_grid_is_resized_along_its_depth_too(home: Path) -> None:
    grids = solid("grids", "DHWC", depth=8, side=8)
    assert at_resolution(grids, 4) is grids
    derived = at_resolution(grids, 24)
    assert (derived.manifest.axes, derived.images().shape) == ("DHWC", (2, 24, 24, 24, 1))
    column = derived.images()[0, :, 3, 5, 0].astype(int)
    # a plane of 8 is three of 24, and the middle one of them keeps its value but for the filter's ringing at the ends
    np.testing.assert_allclose(column[1::3], np.arange(8) * 10, atol=1)
    assert (np.diff(column) >= 0).all()


def test_a_depth_that_does_not_divide_is_resized_instead_of_averaged(home: Path) -> None:
    grids = solid("odd", "DHWC", depth=5, side=8)
    assert at_resolution(grids, 4).images().shape == (2, 2, 4, 4, 1)


def test_labels_survive_resizing(mnist_test: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(mnist_test.path.parent))
    derived = at_resolution(open_set("mnist-test"), 24)
    labels, expected = derived.labels(), mnist_test.labels()
    assert labels is not None
    assert expected is not None
    np.testing.assert_array_equal(labels, expected)
    assert derived.manifest.class_counts == mnist_test.manifest.class_counts
    assert derived.images().shape == (10_000, 24, 24, 1)
    assert open_set("mnist-test@24") == derived
    assert "mnist-test@24" in names()


def test_what_is_synthetic_stays_so(board: DataSet) -> None:
    mixed = replace(board, manifest=replace(board.manifest, name="mixed", synthetic=1, packing=None))
    assert at_resolution(mixed, 10).manifest.synthetic == 1


def test_a_store_that_the_disk_has_no_room_for_is_not_begun(board: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = board.manifest.count * board.manifest.channels * 64 * 64
    free = [needed - 1, needed]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free.pop(0)))
    with pytest.raises(DataError, match=r"data\.resolution: .*@64 would take .* are free in"):
        at_resolution(board, 64)
    assert at_resolution(board, 64).manifest.resolution == 64
