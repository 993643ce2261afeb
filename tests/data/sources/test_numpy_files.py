"""NPY and NPZ files as people save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.data.add_once import add_once
from ganstudio.data.opening import open_source
from ganstudio.data.pack import add
from ganstudio.data.sources.source import Stack
from ganstudio.errors import DataError, UsageError

RAMP = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (4, 16, 1))
BYTES = np.rint(RAMP * 255).astype(np.uint8)
LABELS = np.array([0, 1, 5, 1])


def read(folder: Path, part: str = "", wish: str = "auto", **arrays: Any) -> Stack:
    """The stack of an .npz of `arrays`, or of an .npy where there is one called `npy`."""
    if "npy" in arrays:
        np.save(folder / "a.npy", arrays["npy"])
    else:
        np.savez(folder / "a.npz", **arrays)
    stack = open_source(folder / ("a.npy" if "npy" in arrays else "a.npz"), wish, part)
    assert isinstance(stack, Stack)
    return stack


def pixels(stack: Stack) -> NDArray[np.uint8]:
    return np.concatenate(list(stack.blocks()))


def over(array: NDArray[Any], value: float) -> NDArray[Any]:
    """`array` whose last number is another."""
    changed = array.copy()
    changed.reshape(-1)[-1] = value
    return changed


@pytest.mark.parametrize(
    "array",
    [
        over(RAMP, 1.0000002),
        over(RAMP, 1.009),
        over(RAMP * 2 - 1, 1.0000002),
        over(RAMP * 255, 255.6),
        RAMP.astype(np.float64),
        RAMP.astype(">f4"),
        np.rint(RAMP * 255).astype(np.float16),
        BYTES.astype(np.int64),
        BYTES.astype(">u2"),
        BYTES.astype(np.uint16) * 257,
        (BYTES.astype(np.uint16) * 257).astype(">u2"),
        np.array(BYTES)[:, None],
        BYTES[..., None],
        BYTES.reshape(4, -1),
    ],
)
def test_a_ramp_from_black_to_white_is_one_in_any_numbers(tmp_path: Path, array: NDArray[Any]) -> None:
    read_back = pixels(read(tmp_path, npy=array))
    assert read_back.shape == (4, 16, 16, 1)
    assert np.abs(read_back[:3, ..., 0].astype(int) - BYTES[:3]).max() <= 1
    assert (read_back[0, 0, 15, 0], read_back[0, 0, 8, 0]) == (255, 136)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int32, np.float32])
def test_numbers_that_are_0_and_1_alone_are_black_and_white(tmp_path: Path, kind: Any) -> None:
    stack = read(tmp_path, npy=(RAMP > 0.5).astype(kind))
    np.testing.assert_array_equal(pixels(stack)[..., 0], np.where(RAMP > 0.5, 255, 0))
    assert bool(stack.notes) == (kind in (np.uint8, np.int32))


def test_numbers_that_mean_another_range_perhaps_are_told(tmp_path: Path) -> None:
    assert "16-bit numbers go up to 4095" in read(tmp_path, npy=np.rint(RAMP * 4095).astype(np.uint16)).notes[0]
    assert "the pictures are dark" in read(tmp_path, npy=np.rint(RAMP * 16)).notes[0]
    assert read(tmp_path, npy=BYTES).notes == ()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (RAMP * 1.3, "go from 0 to 1.3"),
        (RAMP * 5 - 2.5, "go from -2.5 to 2.5"),
        (np.rint(RAMP * 30_000).astype(np.int16), "go from 0 to 30000"),
        (over(RAMP, np.nan), "NaN or infinite"),
        (over(RAMP, -np.inf), "NaN or infinite"),
        (BYTES[:0], r"holds no image: its shape is \[0, 16, 16\]"),
        (np.zeros((64, 64), np.uint8), r"has the shape \[64, 64\]"),
        (np.zeros((4, 3072), np.uint8), r"has the shape \[4, 3072\]"),
        (np.zeros((32, 32, 3), np.uint8), "as one picture of 3 channels"),
        (np.asfortranarray(BYTES), "column by column"),
        (np.array([BYTES[0], BYTES[0, :8]], dtype=object), "images are numbers"),
    ],
)
def test_an_array_that_holds_no_images_is_refused(tmp_path: Path, array: NDArray[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, npy=array)


@pytest.mark.filterwarnings("error")
def test_a_number_that_is_none_is_found_in_whatever_block_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganstudio.data.sources.arrays.BLOCK_BYTES", 1)
    with pytest.raises(DataError, match="NaN or infinite"):
        read(tmp_path, npy=over(RAMP, np.nan))


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        *(("images", "labels"), ("x", "y"), ("X", "Y"), ("data", "targets"), ("arr_0", "arr_1")),
        *(("x_train", "y_train"), ("X_train", "y_train"), ("train_x", "train_y"), ("trainX", "trainY")),
        ("train_images", "train_labels"),
    ],
)
def test_an_npz_is_read_by_any_of_its_usual_names(tmp_path: Path, images: str, labels: str) -> None:
    stack = read(tmp_path, **{images: BYTES, labels: LABELS})
    np.testing.assert_array_equal(pixels(stack)[..., 0], BYTES)
    assert stack.classes == ("0", "1", "5")
    assert (stack.labels.tolist(), stack.notes) == ([0, 1, 2, 1], ())


PARTS = {
    **{"train_images": BYTES, "train_labels": LABELS[:, None], "val_images": BYTES[:3], "val_labels": LABELS[:3]},
    **{"test_images": BYTES[:2], "test_labels": LABELS[None, :2]},
}


def test_the_training_part_is_read_and_said_and_another_where_it_is_asked_for(tmp_path: Path) -> None:
    stack = read(tmp_path, **PARTS)
    assert (stack.count, stack.notes) == (
        4,
        ("This is the train part of a.npz; --part test or --part val packs another.",),
    )
    for part, count in (("train", 4), ("test", 2), ("t10k", 2), ("validation", 3)):
        stack = read(tmp_path, part, **PARTS)
        assert (stack.count, len(stack.labels), stack.notes) == (count, count, ())
    with pytest.raises(UsageError, match=r"--part unlabeled: a\.npz has none\. Known: test, train, val"):
        read(tmp_path, "extra", **PARTS)
    with pytest.raises(UsageError, match=r"--part: 'tset' is none\. Did you mean 'test'"):
        read(tmp_path, "tset", **PARTS)


def test_a_part_is_packed_once_and_never_taken_for_another(home: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **PARTS)
    test = add(tmp_path / "a.npz", "a-test", part="test")
    train = add_once(tmp_path / "a.npz")
    assert (test.manifest.count, train.manifest.count) == (2, 4)
    assert train.manifest.notes[0].startswith("This is the train part")
    assert add_once(tmp_path / "a.npz").path == train.path


def test_pictures_have_no_parts_but_folders(tmp_path: Path) -> None:
    (tmp_path / "pets" / "test").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds pictures") as refused:
        open_source(tmp_path / "pets", part="test")
    assert refused.value.hint == f"ganstudio data add {tmp_path / 'pets' / 'test'}"


@pytest.mark.parametrize(
    ("labels", "classes", "places"),
    [
        (LABELS[:, None], ("0", "1", "5"), [0, 1, 2, 1]),
        (LABELS.astype(np.float32), ("0", "1", "5"), [0, 1, 2, 1]),
        (np.array([-1, 10, 2, -1]), ("-1", "2", "10"), [0, 2, 1, 0]),
        (np.array([-1.5, 0.5, 10, 2]), ("-1.5", "0.5", "2", "10"), [0, 1, 3, 2]),
        (np.array(["10", "9", "a", "9"]), ("9", "10", "a"), [1, 0, 2, 0]),
        (np.array([b"cat", b"ant", b"cat", b"ant"]), ("ant", "cat"), [1, 0, 1, 0]),
    ],
)
def test_labels_of_any_kind_are_classes_in_order(
    tmp_path: Path, labels: NDArray[Any], classes: tuple[str, ...], places: list[int]
) -> None:
    stack = read(tmp_path, images=BYTES, labels=labels)
    assert (stack.classes, stack.labels.tolist()) == (classes, places)


def test_one_hot_rows_are_classes_and_other_rows_of_truths_are_attributes(home: Path, tmp_path: Path) -> None:
    read(tmp_path, images=BYTES, labels=np.eye(6)[LABELS])
    data = add(tmp_path / "a.npz", "one-hot")
    assert (data.manifest.classes, data.manifest.class_counts) == (("0", "1", "5"), (1, 2, 1))
    rows = [[1, 1], [0, 1], [0, 0], [1, 0]]
    read(tmp_path, images=BYTES, labels=np.array(rows))
    data = add(tmp_path / "a.npz", "attributes")
    assert data.manifest.attributes == ("label0", "label1")
    assert data.attributes().tolist() == rows


@pytest.mark.parametrize(
    "labels", [LABELS[:3], np.random.RandomState(0).rand(4, 7), np.array([np.nan, 0, 1, 2]), np.array([None, "a"] * 2)]
)
def test_labels_that_are_none_are_refused_and_need_not_be_read(tmp_path: Path, labels: NDArray[Any]) -> None:
    with pytest.raises(DataError, match="its labels") as refused:
        read(tmp_path, images=BYTES, labels=labels)
    assert "--labels none" in (refused.value.hint or "")
    assert read(tmp_path, wish="none", images=BYTES, labels=labels).labels is None
