"""Images that come as numbers: each format against arrays that the test wrote in it."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.data.opening import array_reader, open_source
from ganstudio.data.pack import add
from ganstudio.data.sources.source import Stack
from ganstudio.errors import DataError, UsageError

RANDOM = np.random.default_rng(0)
DIGITS = RANDOM.integers(0, 256, (20, 28, 28), np.uint8)
COLOUR = RANDOM.integers(0, 256, (12, 32, 32, 3), np.uint8)
LABELS = np.arange(20, dtype=np.uint8) % 3


def write_idx(path: Path, array: NDArray[np.uint8]) -> Path:
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    content = head + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def pixels_of(stack: object) -> NDArray[np.uint8]:
    assert isinstance(stack, Stack)
    return np.concatenate(list(stack.blocks()))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_images_come_with_the_labels_beside_them(tmp_path: Path, suffix: str) -> None:
    write_idx(tmp_path / f"t10k-images-idx3-ubyte{suffix}", DIGITS[:5])
    file = write_idx(tmp_path / f"train-images-idx3-ubyte{suffix}", DIGITS)
    write_idx(tmp_path / f"train-labels-idx1-ubyte{suffix}", LABELS)
    for path in (tmp_path, file):
        stack = open_source(path)
        np.testing.assert_array_equal(pixels_of(stack)[..., 0], DIGITS)
        assert isinstance(stack, Stack)
        assert stack.labels is not None
        assert stack.labels.tolist() == LABELS.tolist()
        assert stack.classes == ("0", "1", "2")


def test_digits_of_28_pixels_get_a_border_of_zeros(home: Path, tmp_path: Path) -> None:
    data = add(write_idx(tmp_path / "some-images-idx3-ubyte", DIGITS), "digits")
    np.testing.assert_array_equal(data.images()[:, 2:30, 2:30, 0], DIGITS)
    assert data.images().sum(dtype=np.int64) == DIGITS.sum(dtype=np.int64)
    assert data.manifest.classes == ()
    coloured = add(tmp_path / "some-images-idx3-ubyte", "coloured", mode="rgb").images()
    np.testing.assert_array_equal(coloured[:, 2:30, 2:30], np.repeat(DIGITS[..., None], 3, 3))
    assert (coloured[:, :2] == 0).all()


@pytest.mark.parametrize("cut", [3, 16, 500])
def test_an_idx_file_that_was_cut_is_refused_and_leaves_nothing(home: Path, tmp_path: Path, cut: int) -> None:
    file = write_idx(tmp_path / "x-images-idx3-ubyte", DIGITS)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"IDX file|ends after 0 of 20"):
        add(file)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (COLOUR, COLOUR),
        (COLOUR.transpose(0, 3, 1, 2).copy(), COLOUR),
        (COLOUR.astype(np.int64), COLOUR),
        (COLOUR / 255.0, COLOUR),
        ((COLOUR / 127.5 - 1).astype(np.float32), COLOUR),
        (DIGITS > 128, np.where(DIGITS > 128, 255, 0)[..., None]),
    ],
    ids=["bytes", "channels first", "integers", "to 1", "from -1 to 1", "bool"],
)
def test_numbers_become_bytes_by_the_range_that_they_fill(
    tmp_path: Path, array: NDArray[np.generic], expected: NDArray[np.uint8]
) -> None:
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(pixels_of(open_source(tmp_path / "a.npy")), expected)


def test_an_npz_brings_labels_of_numbers_or_names(home: Path, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=COLOUR, labels=np.array(["cat", "ant"] * 6))
    data = add(tmp_path / "a.npz")
    assert data.manifest.name == "a"
    assert data.manifest.classes == ("ant", "cat")
    labels = data.labels()
    assert labels is not None
    assert labels.tolist() == [1, 0] * 6
    np.testing.assert_array_equal(data.images(), COLOUR)
    assert add(tmp_path / "a.npz", "bare", labels="none").labels() is None
    with pytest.raises(UsageError, match="whose labels come with them"):
        add(tmp_path / "a.npz", "c", labels="folders.csv")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": np.zeros((4, 8), np.uint8)}, r"has the shape \[4, 8\]"),
        ({"images": np.zeros((4, 8, 8, 5), np.uint8)}, "5 channels"),
        ({"images": np.full((4, 8, 8), 900)}, "go from 900 to 900"),
        ({"images": np.zeros((4, 8, 8), np.complex64)}, "images are numbers"),
        ({"images": COLOUR, "labels": np.arange(5)}, "for 12 images"),
        ({"a": COLOUR, "b": COLOUR}, "no array called images or x, but a, b"),
        ({"images": np.asfortranarray(COLOUR)}, "column by column"),
        ({"images": np.array([object()])}, "images are numbers"),
    ],
)
def test_an_npz_that_holds_no_images_is_refused(tmp_path: Path, arrays: dict[str, object], message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        open_source(tmp_path / "a.npz")


def cifar_batch(rows: slice, labels: str = "labels") -> dict[bytes, object]:
    return {
        b"data": COLOUR[rows].transpose(0, 3, 1, 2).reshape(-1, 3072),
        labels.encode(): (np.arange(12)[rows] % 2).tolist(),
    }


def write_cifar(folder: Path) -> Path:
    folder.mkdir()
    (folder / "data_batch_1").write_bytes(pickle.dumps(cifar_batch(slice(0, 6)), protocol=2))
    (folder / "data_batch_2").write_bytes(pickle.dumps(cifar_batch(slice(6, 10)), protocol=2))
    (folder / "test_batch").write_bytes(pickle.dumps(cifar_batch(slice(10, 12)), protocol=2))
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": [b"bird", b"cat"]}, protocol=2))
    return folder


def test_cifar_batches_come_in_order_with_their_names(tmp_path: Path) -> None:
    folder = write_cifar(tmp_path / "cifar-10-batches-py")
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(folder, folder.name)
    for path in (folder, tmp_path / "cifar-10-python.tar.gz"):
        stack = open_source(path)
        np.testing.assert_array_equal(pixels_of(stack), COLOUR[:10])
        assert isinstance(stack, Stack)
        assert stack.classes == ("bird", "cat")
        assert stack.labels is not None
        assert stack.labels.tolist() == [0, 1] * 5


@pytest.mark.parametrize("before", [1, 2])
def test_cifar_s_plain_bytes_hold_the_fine_label_last(tmp_path: Path, before: int) -> None:
    planes = COLOUR.transpose(0, 3, 1, 2).reshape(12, 3072)
    labels = np.zeros((12, before), np.uint8)
    labels[:, -1] = np.arange(12) % 4
    content = np.concatenate([labels, planes], 1).tobytes()
    name = "data_batch_1.bin" if before == 1 else "train.bin"
    (tmp_path / name).write_bytes(content)
    (tmp_path / "test.bin").write_bytes(content)
    (tmp_path / ("batches.meta.txt" if before == 1 else "fine_label_names.txt")).write_text("a\nb\nc\nd\n")
    stack = open_source(tmp_path)
    np.testing.assert_array_equal(pixels_of(stack), COLOUR)
    assert isinstance(stack, Stack)
    assert stack.classes == ("a", "b", "c", "d")
    assert stack.labels is not None
    assert stack.labels.tolist() == [0, 1, 2, 3] * 3


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("trapped"),))  # type: ignore[return-value]


def test_a_pickle_that_asks_for_code_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_cifar(tmp_path / "cifar")
    (folder / "data_batch_2").write_bytes(pickle.dumps({b"data": Trap()}))
    with pytest.raises(DataError, match=r"data_batch_2: is no batch of CIFAR: it asks for"):
        open_source(folder)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x02}", pickle.dumps([1]), pickle.dumps({b"data": 3})])
def test_a_damaged_batch_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = write_cifar(tmp_path / "cifar")
    (folder / "data_batch_1").write_bytes(content)
    with pytest.raises(DataError, match="is no batch of CIFAR"):
        open_source(folder)


def test_svhn_s_tenth_class_is_the_zero_and_its_images_stand_upright(tmp_path: Path) -> None:
    from scipy.io import savemat

    from ganstudio.data.sources.cifar import svhn

    savemat(tmp_path / "train_32x32.mat", {"X": COLOUR.transpose(1, 2, 3, 0), "y": np.array([[10], [1], [2]] * 4)})
    stack = svhn(tmp_path)
    np.testing.assert_array_equal(pixels_of(stack), COLOUR)
    assert stack.labels is not None
    assert stack.labels.tolist() == [0, 1, 2] * 4
    (tmp_path / "train_32x32.mat").write_bytes(b"MATLAB no more")
    with pytest.raises(DataError, match="cannot be read"):
        svhn(tmp_path)


def test_stl10_s_planes_are_stored_column_by_column(tmp_path: Path) -> None:
    from ganstudio.data.sources.cifar import stl10

    images = RANDOM.integers(0, 256, (3, 96, 96, 3), np.uint8)
    (tmp_path / "train_X.bin").write_bytes(images.transpose(0, 3, 2, 1).tobytes())
    (tmp_path / "unlabeled_X.bin").write_bytes(images.transpose(0, 3, 2, 1).tobytes())
    (tmp_path / "train_y.bin").write_bytes(bytes([1, 10, 3]))
    stack = stl10(tmp_path)
    np.testing.assert_array_equal(pixels_of(stack), images)
    assert stack.labels is not None
    assert [stack.classes[k] for k in stack.labels] == ["airplane", "truck", "car"]
    assert stl10(tmp_path, "unlabeled").labels is None
    (tmp_path / "train_X.bin").write_bytes(b"1234")
    with pytest.raises(DataError, match="no whole file"):
        stl10(tmp_path)


def test_what_is_no_array_is_left_to_the_other_readers(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    (tmp_path / "a.zip").write_bytes(io.BytesIO().getvalue())
    assert array_reader(tmp_path) is None
    assert array_reader(tmp_path / "a.zip") is None
    assert array_reader(tmp_path / "gone") is None


def test_labels_that_begin_at_one_make_no_class_without_images(home: Path, tmp_path: Path) -> None:
    for part, count in (("test", 2), ("train", 4)):
        write_idx(tmp_path / f"emnist-letters-{part}-images-idx3-ubyte", DIGITS[:count])
        labels = np.array([1, 2, 26, 2], np.uint8)[:count]
        write_idx(tmp_path / f"emnist-letters-{part}-labels-idx1-ubyte", labels)
    data = add(tmp_path, "letters")
    assert (data.manifest.classes, data.manifest.class_counts) == (("1", "2", "26"), (1, 2, 1))
    assert "--part test" in data.manifest.notes[0]
    labels_ = data.labels()
    assert labels_ is not None
    assert labels_.tolist() == [0, 1, 2, 1]
    assert add(tmp_path, "test", part="test").manifest.classes == ("1", "2")


def test_the_files_of_another_set_are_not_taken_for_a_known_one(tmp_path: Path) -> None:
    from ganstudio.data.sources import idx

    write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS + 9)
    with pytest.raises(DataError, match="has labels up to 11, of 10 classes"):
        idx.read_idx(tmp_path, "train", tuple("0123456789"))
