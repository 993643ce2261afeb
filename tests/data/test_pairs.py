"""Pictures that come in pairs, and domains: which files go together, and what is stored of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data import repack
from ganstudio.data.add_once import add_once
from ganstudio.data.derived import derived_sets
from ganstudio.data.manifest import SkippedFile
from ganstudio.data.pack import add
from ganstudio.data.run_data import add_command, data_record
from ganstudio.data.store import DataSet
from ganstudio.errors import DataError, UsageError
from tests.data.pictures import BLUE, GREEN, RED, plain


def colours(pixels: np.ndarray | None) -> list[tuple[int, ...]]:
    assert pixels is not None
    return [tuple(image[0, 0]) for image in pixels]


def paired(folder: Path, **options: object) -> DataSet:
    return add(folder / "a", "pairs", layout="paired", beside=(str(folder / "b"),), **options)  # type: ignore[arg-type]


def test_files_of_one_name_become_a_picture_and_what_it_is_made_from(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png", RED)
    plain(tmp_path / "a" / "sub" / "1.png", GREEN)
    plain(tmp_path / "b" / "1.bmp", BLUE)
    plain(tmp_path / "b" / "sub" / "1.png", RED)
    data = paired(tmp_path)
    assert colours(data.images()) == [BLUE, RED]
    assert colours(data.sources()) == [RED, GREEN]
    assert data.manifest.source_shape == (16, 16, 3)


def test_a_picture_without_a_partner_is_skipped_and_named_with_its_folder(home: Path, tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png", "a/only.png", "b/other.png", "a/two.png", "a/two.jpg", "b/two.png"):
        plain(tmp_path / name)
    data = paired(tmp_path)
    assert data.manifest.count == 1
    assert {entry.file: entry.reason for entry in data.manifest.skipped} == {
        "a/only.png": f"no file of its name in {tmp_path / 'b'}",
        "b/other.png": f"no file of its name in {tmp_path / 'a'}",
        "b/two.png": "several files of its name: two.png, two.jpg, two.png",
    }


def test_folders_without_a_common_name_are_an_error_with_examples(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png")
    plain(tmp_path / "b" / "2.png")
    with pytest.raises(DataError, match=r"no file of one has the name of one of the other \(1\.png; 2\.png\)"):
        paired(tmp_path)


def test_a_pair_goes_in_only_where_both_of_its_files_can_be_read(home: Path, tmp_path: Path) -> None:
    for number, colour in enumerate((RED, GREEN, BLUE)):
        plain(tmp_path / "a" / f"{number}.png", colour)
        plain(tmp_path / "b" / f"{number}.png", colour)
    (tmp_path / "a" / "1.png").write_text("no picture")
    whole = (tmp_path / "b" / "2.png").read_bytes()
    (tmp_path / "b" / "2.png").write_bytes(whole[:48])
    data = paired(tmp_path)
    assert colours(data.images()) == colours(data.sources()) == [RED]
    assert len(data.manifest.skipped) == 2


def test_pictures_of_two_aspects_are_no_pair(home: Path, tmp_path: Path) -> None:
    for folder in "ab":
        plain(tmp_path / folder / "1.png")
    Image.new("RGB", (16, 16)).save(tmp_path / "a" / "2.png")
    Image.new("RGB", (32, 16)).save(tmp_path / "b" / "2.png")
    data = paired(tmp_path)
    assert data.manifest.skipped == (SkippedFile("2.png", "of another aspect than its partner: 32x16 and 16x16"),)


def test_the_halves_of_a_file_are_a_pair_the_left_one_its_source_also_of_one_that_lies_on_its_side(
    home: Path, tmp_path: Path
) -> None:
    both = Image.new("RGB", (33, 16), RED)
    both.paste(BLUE, (17, 0, 33, 16))
    (tmp_path / "set").mkdir()
    both.save(tmp_path / "set" / "1.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the right to be seen
    both.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "set" / "2.png", exif=exif)
    data = add(tmp_path / "set", layout="split-width", size=16)
    assert colours(data.images()) == [BLUE, BLUE]
    assert colours(data.sources()) == [RED, RED]
    assert (data.images() == data.images()[:, :1, :1]).all()


def test_domains_are_classes_in_the_order_given(home: Path, tmp_path: Path) -> None:
    for folder, colour in (("summer", RED), ("autumn", GREEN), ("winter", BLUE)):
        plain(tmp_path / folder / "in" / "1.png", colour)
    beside = (str(tmp_path / "summer"), str(tmp_path / "autumn"))
    data = add(tmp_path / "winter", "seasons", layout="domains", beside=beside)
    assert data.manifest.classes == ("winter", "summer", "autumn")
    labels = data.labels()
    assert labels is not None
    assert labels.tolist() == [0, 1, 2]
    assert colours(data.images()) == [BLUE, RED, GREEN]


def test_domains_of_one_name_are_refused(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "x" / "summer" / "1.png")
    plain(tmp_path / "y" / "summer" / "1.png")
    with pytest.raises(UsageError, match="two of them are called summer"):
        add(tmp_path / "x" / "summer", "s", layout="domains", beside=(str(tmp_path / "y" / "summer"),))


def test_pairs_in_another_size_keep_what_they_are_made_from(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png", RED)
    plain(tmp_path / "b" / "1.png", BLUE)
    data = paired(tmp_path)
    derived = derived_sets.at_resolution(data, 24)
    assert (colours(derived.images()), colours(derived.sources())) == ([BLUE], [RED])
    assert derived.manifest.source_shape == (24, 24, 3)


def test_the_same_pairs_are_found_packed_and_a_change_on_either_side_is_seen(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png", RED)
    plain(tmp_path / "b" / "1.png", BLUE)
    paired(tmp_path)
    asked = {"layout": "paired", "beside": (str(tmp_path / "b"),)}
    before = repack.existing_set(tmp_path / "a", "pairs", asked)
    assert before is not None
    assert (before.unchanged, before.others) == (True, [])
    plain(tmp_path / "a" / "1.png", GREEN)
    Image.new("RGB", (20, 20), GREEN).save(tmp_path / "a" / "1.png")
    again = repack.existing_set(tmp_path / "a", "pairs", asked)
    assert again is not None
    assert not again.unchanged
    assert again.changes is not None
    assert again.changes.changed == ["source/1.png"]


def test_the_command_that_packs_pairs_anew_names_both_folders(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png", RED)
    plain(tmp_path / "b" / "1.png", BLUE)
    data = paired(tmp_path)
    a, b = tmp_path / "a", tmp_path / "b"
    assert add_command(data_record(data)) == f"ganstudio data add {a} {b} --name pairs --size 16 --paired"


def test_training_on_one_of_the_folders_alone_is_another_set(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "a" / "1.png", RED)
    plain(tmp_path / "b" / "1.png", BLUE)
    paired(tmp_path)
    assert add_once(tmp_path / "a").manifest.source_shape is None
