from __future__ import annotations

import hashlib
import lzma
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ganstudio.data.catalog import BUILTIN
from ganstudio.data.obtain import open_set
from ganstudio.data.store import DataSet

# Of the files that LeCun, Cortes and Burges published.
PUBLISHED = {
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
}


def test_mnist_ships_as_published_in_under_ten_megabytes() -> None:
    files = sorted((BUILTIN / "mnist").glob("*.xz"))
    found = {path.stem: hashlib.sha256(lzma.decompress(path.read_bytes())).hexdigest() for path in files}
    assert found == PUBLISHED
    assert sum(path.stat().st_size for path in files) < 10_000_000


def test_digits_are_padded_with_zeros_and_never_resized(mnist_test: DataSet) -> None:
    raw = lzma.decompress((BUILTIN / "mnist" / "t10k-images-idx3-ubyte.xz").read_bytes())
    digits = np.frombuffer(raw, np.uint8, offset=16).reshape(10_000, 28, 28)
    images = mnist_test.images()
    assert images.shape == (10_000, 32, 32, 1)
    np.testing.assert_array_equal(images[:, 2:30, 2:30, 0], digits)
    assert int(images.sum(dtype=np.int64)) == int(digits.sum(dtype=np.int64))


def test_each_digit_has_its_label(mnist_test: DataSet) -> None:
    labels = mnist_test.labels()
    assert labels is not None
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert mnist_test.manifest.classes == tuple("0123456789")
    assert mnist_test.manifest.class_counts == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)


def test_mnist_is_the_sixty_thousand_training_digits(home: Path) -> None:
    seen: list[tuple[int, int]] = []
    data = open_set("mnist", lambda *at: seen.append(at))
    assert data.images().shape == (60_000, 32, 32, 1)
    assert seen[-1] == (60_000, 60_000)
    labels = data.labels()
    assert labels is not None
    assert labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_two_processes_that_pack_at_once_both_have_it(home: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        sets = list(pool.map(open_set, ["mnist-test", "mnist-test"]))
    assert sets[0] == sets[1]
    assert sets[0].images().shape == (10_000, 32, 32, 1)
    assert [path.name for path in home.iterdir()] == ["mnist-test"]
