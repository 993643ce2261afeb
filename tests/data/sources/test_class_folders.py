from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.pack import add
from ganstudio.data.sources.class_folders import BESIDE, folder_advice
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
@pytest.mark.parametrize("labels", ["auto", "folders"])
def test_a_picture_beside_class_folders_is_left_out_and_listed(
    home: Path, tmp_path: Path, zipped: bool, labels: str
) -> None:
    for name in ("cat/1.png", "dog/1.png", "preview.png"):
        plain(tmp_path / "set" / name)
    (tmp_path / "set" / "LICENCE.txt").write_text("no picture")
    source = tmp_path / "set"
    if zipped:
        source = Path(shutil.make_archive(str(source), "zip", source))
    manifest = add(source, "set", labels=labels).manifest
    assert (manifest.classes, manifest.class_counts) == (("cat", "dog"), (1, 1))
    assert manifest.skipped == (("LICENCE.txt", "no image"), ("preview.png", BESIDE))
    said = "1 of 3 pictures lies beside the folders cat, dog and is left out: folders are the classes. --labels none "
    assert manifest.notes == ((said + "packs all, without classes.",) if labels == "auto" else ())


def test_a_folder_among_photographs_is_no_class_unless_it_is_asked_for(home: Path, tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "3.png", "new/1.png", "old/1.png", "old/2.png"):
        plain(tmp_path / "set" / name)
    manifest = add(tmp_path / "set", "set").manifest
    assert (manifest.count, manifest.classes, manifest.skipped) == (6, (), ())
    (said,) = manifest.notes
    assert said.startswith("3 of 6 pictures lie beside the folders new, old, so there are no classes. --labels folders")
    asked = add(tmp_path / "set", "asked", labels="folders").manifest
    assert (asked.class_counts, [entry.file for entry in asked.skipped]) == ((1, 2), ["1.png", "2.png", "3.png"])
    assert add(tmp_path / "set" / "old", "flat", labels="folders").manifest.notes == (
        "There is no folder to be a class.",
    )


def test_a_set_that_was_packed_with_the_strays_is_derived_with_them(home: Path, tmp_path: Path) -> None:
    for name in ("cat/1.png", "dog/1.png", "preview.png"):
        plain(tmp_path / "set" / name)
    old = add(tmp_path / "set", "old", labels="none")
    assert old.manifest.packing is not None
    packing = old.manifest.packing._replace(labels="auto")
    larger = at_resolution(replace(old, manifest=replace(old.manifest, packing=packing)), 32)
    assert (larger.manifest.count, larger.manifest.classes, larger.labels()) == (3, (), None)


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
