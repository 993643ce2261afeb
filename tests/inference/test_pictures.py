from __future__ import annotations

import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ganstudio.inference.pictures import write_npz, write_picture
from ganstudio.inference.provenance import SOURCE_TYPE, picture_words
from tests.inference.test_provenance import IPTC, RDF

TOLD = picture_words("cgan", "ab" * 32, "0-3", ["cat", "dog", "cat", "<&\"'\x00日"], psi=0.5)
OURS = "{urn:ganstudio:picture:}"


def noise_picture(channels: int) -> NDArray[np.uint8]:
    return np.random.RandomState(0).randint(0, 256, (24, 40, channels)).astype(np.uint8)


def read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_png_and_webp_give_back_every_pixel(tmp_path: Path, kind: str, channels: int) -> None:
    pixels = noise_picture(channels)
    write_picture(tmp_path / "a", pixels, TOLD, kind)
    given = read(tmp_path / "a").reshape(24, 40, -1)
    np.testing.assert_array_equal(given, np.broadcast_to(pixels, given.shape))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_gives_back_a_smooth_picture_nearly(tmp_path: Path, channels: int) -> None:
    rows, columns = np.mgrid[:24, :40]
    pixels = np.stack([rows * 5 + 60, columns * 4 + 40, 255 - rows * 6][:channels], 2).astype(np.uint8)
    write_picture(tmp_path / "a.jpg", pixels, TOLD, "jpeg")
    given = read(tmp_path / "a.jpg").reshape(pixels.shape)
    assert np.abs(given.astype(int) - pixels).max() <= 4


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_xmp_tells_the_digital_source_type_and_the_origin(tmp_path: Path, kind: str) -> None:
    write_picture(tmp_path / "a", noise_picture(3), TOLD, kind)
    with Image.open(tmp_path / "a") as image:
        (description,) = ElementTree.fromstring(image.info["xmp"]).iter(RDF)
    assert description.get(IPTC) == SOURCE_TYPE
    assert description.get(f"{OURS}Seed") == "0-3"
    assert description.get(f"{OURS}Psi") == "0.5"
    assert description.get(f"{OURS}Class") == "cat,dog,cat,<&\"' 日"


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_a_plain_picture_holds_no_word_of_it(tmp_path: Path, kind: str) -> None:
    write_picture(tmp_path / "a", noise_picture(1), {}, kind)
    content = (tmp_path / "a").read_bytes()
    assert b"ganstudio" not in content
    assert b"trainedAlgorithmicMedia" not in content


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_a_hundred_thousand_seeds_fit_the_metadata_of_any_format(tmp_path: Path, kind: str) -> None:
    long = picture_words("cgan", "ab" * 32, ",".join(map(str, range(0, 200_000, 2))))
    write_picture(tmp_path / "a", noise_picture(1), long, kind)
    with Image.open(tmp_path / "a") as image:
        assert b"0,2,4" in image.info["xmp"]


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_the_same_picture_gives_the_same_bytes_and_no_other_file(tmp_path: Path, kind: str) -> None:
    for name in ("a", "b"):
        write_picture(tmp_path / name, noise_picture(3), TOLD, kind)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("shape", [(8, 8, 3), (4, 8, 8, 1)])
def test_an_npz_gives_back_pictures_or_clips_seeds_and_labels(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = np.random.RandomState(0).randint(0, 256, (5, *shape)).astype(np.uint8)
    write_npz(tmp_path / "a.npz", iter(images), [1, 2, 3, 4, 2**32 - 1], [0, 1, 0, 1, 0], TOLD)
    with np.load(tmp_path / "a.npz") as given:
        assert sorted(given) == ["images", "labels", "seeds"]
        np.testing.assert_array_equal(given["images"], images)
        assert given["images"].dtype == np.uint8
        assert given["seeds"].tolist() == [1, 2, 3, 4, 2**32 - 1]
        assert given["labels"].tolist() == [0, 1, 0, 1, 0]
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert SOURCE_TYPE.encode() in archive.comment


def test_an_npz_of_an_unconditional_model_has_no_labels_and_a_plain_one_no_comment(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", iter(np.zeros((2, 4, 4, 1), np.uint8)), [1, 2], None, {})
    with np.load(tmp_path / "a.npz") as given:
        assert sorted(given) == ["images", "seeds"]
    assert b"ganstudio" not in (tmp_path / "a.npz").read_bytes()


def test_the_same_pictures_give_the_same_npz(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_npz(tmp_path / name, iter(np.zeros((2, 4, 4, 1), np.uint8)), [1, 2], None, TOLD)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_npz_is_written_while_its_pictures_are_drawn(tmp_path: Path) -> None:
    def drawn() -> Iterator[NDArray[np.uint8]]:
        for index in range(50):
            if index == 40:
                [growing] = tmp_path.iterdir()
                assert growing.stat().st_size > 30 * 128 * 128
            yield np.zeros((128, 128, 1), np.uint8)

    write_npz(tmp_path / "a.npz", drawn(), range(50), None, {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_full_disk_leaves_no_half_npz(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_npz(tmp_path / "a.npz", iter(np.zeros((9, 128, 128, 1), np.uint8)), range(9), None, TOLD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_a_jpeg_of_a_transparent_picture_lies_over_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, 8:] = (0, 0, 0, 255)
    write_picture(tmp_path / "a.jpg", pixels, {}, "jpeg")
    seen = read(tmp_path / "a.jpg").mean(-1)
    assert seen[:, 0].min() > 250
    assert seen[:, 15].max() < 5
