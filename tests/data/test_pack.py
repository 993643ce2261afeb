from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.add_once import add_once
from ganstudio.data.manifest import SkippedFile
from ganstudio.data.pack import add
from ganstudio.data.pack_options import default_name, default_size
from ganstudio.data.store import DataSet
from ganstudio.errors import DataError, UsageError
from tests.data.pictures import BLUE, GREEN, RED, many, plain


def test_sub_folders_become_classes_in_sorted_order(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "zebra" / "1.png", RED)
    plain(tmp_path / "set" / "ant" / "1.png", GREEN)
    plain(tmp_path / "set" / "ant" / "young" / "2.png", BLUE)
    (tmp_path / "set" / "empty").mkdir()
    (tmp_path / "set" / "words").mkdir()
    (tmp_path / "set" / "words" / "about.txt").write_text("no picture")
    data = add(tmp_path / "set")
    assert data.manifest.classes == ("ant", "zebra")
    assert data.manifest.class_counts == (2, 1)
    labels = data.labels()
    assert labels is not None
    assert labels.tolist() == [0, 0, 1]
    assert [tuple(image[0, 0]) for image in data.images()] == [GREEN, BLUE, RED]


def test_there_are_no_classes_where_images_lie_in_the_folder_itself_or_none_are_wanted(
    home: Path, tmp_path: Path
) -> None:
    plain(tmp_path / "mixed" / "1.png")
    plain(tmp_path / "mixed" / "sub" / "2.png")
    plain(tmp_path / "sorted" / "sub" / "2.png")
    for data in (add(tmp_path / "mixed"), add(tmp_path / "sorted", labels="none")):
        assert data.manifest.classes == ()
        assert data.labels() is None
        assert not (data.path / "labels.npy").exists()


def test_a_text_file_beside_the_sub_folders_does_not_cost_the_classes(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "cat" / "1.png")
    (tmp_path / "set" / "LICENCE.txt").write_text("no picture")
    assert add(tmp_path / "set").manifest.classes == ("cat",)


def test_count_and_skipped_make_the_files_that_were_found(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    cut = plain(tmp_path / "set" / "2.png", size=(60, 60))
    cut.write_bytes(cut.read_bytes()[:-40])
    (tmp_path / "set" / "3.txt").write_text("no picture")
    (tmp_path / "set" / "4.png").touch()
    plain(tmp_path / "set" / ".5.png")
    manifest = add(tmp_path / "set").manifest
    assert manifest.count + len(manifest.skipped) == 4
    assert manifest.skipped[0].reason.startswith("damaged")
    assert manifest.skipped[1:] == (SkippedFile("3.txt", "no image"), SkippedFile("4.png", "empty"))


@pytest.mark.parametrize("spoiler", ["header", "body"])
def test_strict_refuses_one_bad_file_and_leaves_nothing(home: Path, tmp_path: Path, spoiler: str) -> None:
    good = plain(tmp_path / "set" / "1.png", size=(60, 60)).read_bytes()
    (tmp_path / "set" / "2.png").write_bytes(b"text" if spoiler == "header" else good[:-40])
    with pytest.raises(DataError, match=r"1 of 2 files cannot be packed \(2.png"):
        add(tmp_path / "set", strict=True)
    assert list(home.iterdir()) == []


def test_strict_names_every_bad_file_whatever_is_wrong_with_it(home: Path, tmp_path: Path) -> None:
    good = plain(tmp_path / "set" / "1.png", size=(60, 60)).read_bytes()
    (tmp_path / "set" / "2.png").write_bytes(good[:-40])
    (tmp_path / "set" / "3.png").touch()
    (tmp_path / "set" / "4.txt").write_text("text")
    with pytest.raises(DataError, match=r"3 of 4 files .*2\.png.*3\.png.*4\.txt"):
        add(tmp_path / "set", strict=True)
    assert list(home.iterdir()) == []


def test_a_folder_of_text_files_is_refused_with_examples(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for n in range(5):
        (tmp_path / "notes" / f"{n}.txt").write_text("words")
    with pytest.raises(DataError, match=r"no image among 5 files \(0.txt: no image; .*; and 2 more\)"):
        add(tmp_path / "notes")
    assert list(home.iterdir()) == []


def test_one_image_is_a_data_set(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "one" / "1.png")
    data = add(tmp_path / "one")
    assert data.images().shape == (1, 16, 16, 3)


def test_grey_pictures_make_one_channel_even_if_some_were_saved_as_rgb(home: Path, tmp_path: Path) -> None:
    for n, mode in enumerate(("L", "RGB", "1", "LA", "P")):
        (tmp_path / "grey").mkdir(exist_ok=True)
        Image.new("L", (16, 16), 60 * n).convert(mode).save(tmp_path / "grey" / f"{n}.png")
    grey = add(tmp_path / "grey")
    assert grey.images().shape == (5, 16, 16, 1)
    assert grey.images()[[0, 1, 3, 4], 0, 0, 0].tolist() == [0, 60, 180, 240]
    assert sorted(path.name for path in grey.path.iterdir()) == ["files.json.gz", "images.npy", "manifest.json"]
    assert add(tmp_path / "grey", "forced", mode="rgb").manifest.channels == 3
    plain(tmp_path / "grey" / "5.png")
    assert add(tmp_path / "grey", "coloured").manifest.channels == 3
    assert add(tmp_path / "grey", "gray", mode="gray").manifest.channels == 1


def test_a_coloured_background_that_shows_makes_grey_pictures_coloured(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png", (9, 9, 9), (32, 16))
    Image.new("LA", (16, 16), (9, 0)).save(tmp_path / "set" / "2.png")
    assert add(tmp_path / "set", background="red").manifest.channels == 3
    assert add(tmp_path / "set", "black", background="#000000").manifest.channels == 1


@pytest.mark.parametrize(
    ("short_sides", "size"),
    [([28], 32), ([32], 32), ([100], 128), ([178], 128), ([4000], 256), ([3], 8), ([64, 64, 4000], 64), ([60, 70], 64)],
)
def test_the_default_size_is_the_power_of_two_nearest_to_the_median_short_side(
    short_sides: list[int], size: int
) -> None:
    assert default_size(short_sides) == size


def test_the_name_is_the_folders_own_in_letters_that_a_name_may_have(tmp_path: Path) -> None:
    assert default_name(tmp_path / "faces64") == "faces64"
    assert default_name(tmp_path / "Bilder, sortiert") == "Bilder-sortiert"
    assert default_name(tmp_path / "☃") == "images"
    assert default_name(Path("/")) == "images"


def test_a_name_that_is_taken_known_or_no_name_is_refused(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    add(tmp_path / "set")
    with pytest.raises(UsageError, match="taken"):
        add(tmp_path / "set")
    with pytest.raises(UsageError, match="60,000 training digits"):
        add(tmp_path / "set", "mnist")
    for name in ("", "../up", ".hidden", "a b", "set@64"):
        with pytest.raises(UsageError, match="letters"):
            add(tmp_path / "set", name)


def test_options_out_of_range_are_refused(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    with pytest.raises(UsageError, match="--size: from 8 to 4096 pixels; got 7"):
        add(tmp_path / "set", size=7)
    with pytest.raises(UsageError, match="--workers"):
        add(tmp_path / "set", workers=0)
    with pytest.raises(UsageError, match="#rrggbb; got 'puce'"):
        add(tmp_path / "set", background="puce")


def test_one_process_and_three_pack_the_same_bytes(home: Path, tmp_path: Path) -> None:
    many(tmp_path / "set", 40)
    (tmp_path / "set" / "00007.txt").write_text("no picture")
    seen: list[tuple[int, int]] = []
    alone = add(tmp_path / "set", "alone", workers=1)
    together = add(tmp_path / "set", "together", workers=3, progress=lambda *at: seen.append(at))
    assert (alone.path / "images.npy").read_bytes() == (together.path / "images.npy").read_bytes()
    assert alone.manifest.fingerprint == together.manifest.fingerprint
    assert alone.manifest.skipped == together.manifest.skipped
    assert (seen[0], seen[-1]) == ((0, 41), (40, 40))  # one of the 41 files turns out to be none
    assert seen == sorted(set(seen))


def test_the_fingerprint_covers_pixels_labels_and_shape(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "x" / "1.png", RED)
    plain(tmp_path / "a" / "y" / "2.png", GREEN)
    plain(tmp_path / "b" / "x" / "1.png", RED)
    plain(tmp_path / "b" / "x" / "2.png", GREEN)
    sets = [add(tmp_path / "a"), add(tmp_path / "b"), add(tmp_path / "a", "plain", labels="none")]
    sets += [add(tmp_path / "a", "wide", size=32), add(tmp_path / "a", "again")]
    seen = [data.manifest.fingerprint for data in sets]
    assert seen[4] == seen[0]
    assert len(set(seen)) == 4


def test_a_folder_is_packed_once_until_it_changes(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    first = add_once(tmp_path / "set")
    assert add_once(tmp_path / "set").path == first.path
    plain(tmp_path / "set" / "2.png", GREEN)
    second = add_once(tmp_path / "set")
    assert (first.manifest.name, second.manifest.name) == ("set", "set-2")
    assert add_once(tmp_path / "set").path == second.path
    assert DataSet.load(first.path) == first


def test_a_changed_folder_that_is_trained_on_keeps_its_options_under_a_new_name(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "cat" / "1.png")
    add(tmp_path / "set", size=24, fit="pad", labels="none")
    plain(tmp_path / "set" / "cat" / "2.png", GREEN)
    manifest = add_once(tmp_path / "set").manifest
    assert (manifest.name, manifest.count, manifest.resolution, manifest.classes) == ("set-2", 2, 24, ())
    assert manifest.packing is not None
    assert manifest.packing.fit == "pad"
    assert "has changed since it was packed as set, whose size and options it has." in manifest.notes[0]


def test_new_times_on_the_same_pixels_make_no_new_data_set(home: Path, tmp_path: Path) -> None:
    path = plain(tmp_path / "set" / "1.png")
    first = add_once(tmp_path / "set")
    path.touch()
    again = add_once(tmp_path / "set")
    assert again.path == first.path
    assert again.manifest.packing != first.manifest.packing
    assert [path.name for path in home.iterdir()] == ["set"]


def test_a_packing_with_options_serves_the_folder_that_it_was_made_from(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    chosen = add(tmp_path / "set", "mine", size=64)
    assert add_once(tmp_path / "set").path == chosen.path


def test_two_folders_of_one_name_are_two_data_sets(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "set" / "1.png", RED)
    plain(tmp_path / "b" / "set" / "1.png", RED)
    plain(tmp_path / "mnist" / "1.png", RED)
    names = [add_once(tmp_path / folder).manifest.name for folder in ("a/set", "b/set", "mnist")]
    assert names == ["set", "set-2", "mnist-2"]


def test_the_store_reads_as_a_memory_map(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "set" / "1.png")
    images = add(tmp_path / "set").images()
    assert isinstance(images, np.memmap)
    assert images.dtype == np.uint8


def test_what_the_headers_said_is_counted(home: Path, tmp_path: Path) -> None:
    for n, size in enumerate([(40, 30), (40, 30), (8, 100), (64, 64)]):
        plain(tmp_path / "set" / f"{n}.png", size=size)
    Image.new("L", (20, 20)).save(tmp_path / "set" / "4.jpg")
    (tmp_path / "set" / "5.txt").write_text("no picture")
    sources = add(tmp_path / "set").manifest.sources
    assert sources is not None
    assert sources.short_sides == (8, 30, 64)
    assert sources.sizes == {"40x30": 2, "8x100": 1, "64x64": 1, "20x20": 1}
    assert sources.modes == {"RGB": 4, "L": 1}
    assert sources.formats == {"PNG": 4, "JPEG": 1}
