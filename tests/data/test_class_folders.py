from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ganstudio.data.class_folders import folder_advice
from ganstudio.data.pack import add
from tests.data.pictures import plain


def advice(folder: Path, *names: str) -> list[str]:
    for name in names:
        plain(folder / name / "0.png")
    return folder_advice(add(folder, "set").manifest)


@pytest.mark.parametrize(
    "names",
    [
        ("train/cat", "train/dog", "val/cat"),
        ("Train", "TEST"),
        ("training", "validation", "dev", "odd"),
        ("train2017", "val2017"),
        ("trainA", "trainB", "testA"),
        ("train",),
        ("seg_train/cat", "seg_test/cat"),
        ("01_train", "02_test"),
        ("fold1", "fold2", "fold3"),
        ("train", "unlabeled"),
    ],
)
def test_folders_named_as_splits_are_said_to_be_no_classes_with_how_to_take_one(
    home: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    (told,) = advice(tmp_path / "set", *names)
    assert all(name.partition("/")[0] in told for name in names if name != "odd")
    assert "named as the splits of a data set" in told
    part = names[0].partition("/")[0]
    assert told.endswith(f"ganstudio data add {tmp_path / 'set' / part} --name set-{part}")


@pytest.mark.parametrize(
    "names",
    [
        ("cat", "dog"),
        ("train", "plane", "car"),
        ("cat",),
        ("testament", "valley"),
        ("steam train", "blood test"),
        ("fold", "split"),
    ],
)
def test_of_other_classes_nothing_is_said(home: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    assert advice(tmp_path / "set", *names) == []


def test_one_folder_around_the_classes_is_told_with_how_to_point_inside(home: Path, tmp_path: Path) -> None:
    (told,) = advice(tmp_path / "set", "Pets/Cat", "Pets/Dog")
    assert told.endswith(f"ganstudio data add {tmp_path / 'set' / 'Pets'} --name set-2")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_few_pictures_beside_the_folders_are_told_to_be_why_there_are_no_classes(
    home: Path, tmp_path: Path, zipped: bool
) -> None:
    for name in ("cat/1.png", "dog/1.png", "preview.png"):
        plain(tmp_path / "set" / name)
    source = tmp_path / "set"
    if zipped:
        source = Path(shutil.make_archive(str(source), "zip", source))
    manifest = add(source, "set").manifest
    assert manifest.classes == ()
    (told,) = folder_advice(manifest)
    assert "1 of the pictures lie beside the folders cat, dog: preview.png" in told
    assert told.endswith(f"ganstudio data add {source} --name set-2")


def test_of_photographs_with_a_folder_among_them_nothing_is_said(home: Path, tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "3.png", "old/1.png", "old/2.png"):
        plain(tmp_path / "set" / name)
    assert folder_advice(add(tmp_path / "set", "set").manifest) == []


def test_classes_that_differ_in_capitals_alone_are_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "Aa").touch()
    if (tmp_path / "aA").exists():
        pytest.skip("this file system takes names that differ in capitals for one")
    (told,) = advice(tmp_path / "set", "Cat", "cat", "dog")
    assert told.startswith("Cat and cat differ")


def test_a_class_that_a_table_spells_in_two_ways_is_told(home: Path, tmp_path: Path) -> None:
    for n in range(3):
        plain(tmp_path / f"{n}.png")
    (tmp_path / "l.csv").write_text("0.png,Wren\n1.png,wren\n2.png,wren\n")
    assert add(tmp_path / "l.csv", "birds").manifest.notes == (
        "Wren and wren differ in capitals alone, and are classes of their own.",
    )
