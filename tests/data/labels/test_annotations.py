from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ganstudio.data.add_once import add_once
from ganstudio.data.manifest import SkippedFile
from ganstudio.data.pack import add
from ganstudio.data.store import DataSet
from ganstudio.errors import DataError
from tests.data.pictures import BLUE, GREEN, RED, plain


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name, colour in (("1.png", RED), ("2.png", GREEN), ("3.png", BLUE)):
        plain(tmp_path / "set" / name, colour)
    return tmp_path / "set"


def zipped(folder: Path, path: Path, around: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{around}{file.relative_to(folder).as_posix()}")
    return path


def classes_of(data: DataSet) -> list[str]:
    labels = data.labels()
    assert labels is not None
    return [data.manifest.classes[k] for k in labels]


@pytest.mark.parametrize("head", ["", "file,species\n", "whatever,species\n"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_csv_of_file_and_label_makes_classes(home: Path, pictures: Path, head: str, comma: str) -> None:
    (pictures / "birds.csv").write_text((head + "2.png,wren\n1.png,tit\nset/3.png,wren\n").replace(",", comma))
    data = add(pictures, labels=str(pictures / "birds.csv"))
    assert classes_of(data) == ["tit", "wren", "wren"]
    assert data.manifest.skipped == ()


def test_a_csv_is_a_data_set_of_the_files_beside_it(home: Path, pictures: Path) -> None:
    (pictures / "birds.csv").write_text("1.png,10\n2.png,9\n3.png,10\n")
    data = add(pictures / "birds.csv")
    assert (data.manifest.name, data.manifest.classes) == ("birds", ("9", "10"))
    assert add_once(pictures / "birds.csv").path == data.path


def test_several_labels_are_attributes(home: Path, pictures: Path) -> None:
    (pictures / "a.csv").write_text("file,red,bright\n1.png,1,-1\n2.png,0,1\n3.png,-1,true\n")
    data = add(pictures / "a.csv")
    assert data.manifest.attributes == ("red", "bright")
    assert (data.manifest.classes, data.labels()) == ((), None)
    attributes = data.attributes()
    assert attributes is not None
    np.testing.assert_array_equal(attributes, [[1, 0], [0, 1], [0, 1]])
    assert DataSet.load(data.path).manifest == data.manifest


def test_pictures_without_a_label_and_labels_without_a_picture_are_listed(home: Path, pictures: Path) -> None:
    (pictures / "a.csv").write_text("1.png,x\n2.png,\n9.png,y\n")
    data = add(pictures / "a.csv")
    assert data.manifest.count == 1
    assert data.manifest.skipped == (
        SkippedFile("2.png", "has no label in a.csv"),
        SkippedFile("3.png", "not in a.csv"),
        SkippedFile("9.png", "in a.csv, but there is no such file"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("file,label\n", "names no file"),
        ("PK\x03\x04", "is a spreadsheet or another zip, and no text: save it as CSV, in UTF-8"),
        ("\x1f\x8b\x08", "is packed with gzip, and no text: gunzip it"),
        ("1.png\n", "a file and at least one label"),
        ("1.png,a\n2.png,b,c\n", "line 2 has 3 columns; line 1 has 2"),
        ("1.png,1,0\n2.png,1,maybe\n", "line 2: label1 is 'maybe'"),
        ("x.png,a\ny.png,b\n", "names none of the 3 files"),
        ("\xff", "cannot be read"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(home: Path, pictures: Path, text: str, message: str) -> None:
    (pictures / "a.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message):
        add(pictures / "a.csv")
    assert list(home.iterdir()) == []


def test_a_stylegan_zip_is_labelled_by_the_dataset_json_inside(home: Path, pictures: Path, tmp_path: Path) -> None:
    labels = {"labels": [["00000/1.png", 7], ["00000/2.png", 2], ["00000/3.png", 7]]}
    stylegan = tmp_path / "stylegan"
    (stylegan / "00000").mkdir(parents=True)
    for file in pictures.iterdir():
        file.rename(stylegan / "00000" / file.name)
    (stylegan / "dataset.json").write_text(json.dumps(labels))
    for path in (zipped(stylegan, tmp_path / "s.zip"), stylegan):
        data = add(path)
        assert classes_of(data) == ["7", "2", "7"]
        assert data.manifest.skipped == ()
    assert add(stylegan, "byfolder", labels="folders").manifest.classes == ("00000",)
    (stylegan / "dataset.json").write_text('{"labels": null}')
    assert add(stylegan, "unlabelled").manifest.classes == ()
    with pytest.raises(DataError, match="holds no labels"):
        add(stylegan, "required", labels="dataset.json")
    (stylegan / "dataset.json").write_text('{"labels": [["00000/1.png", [1, 0.0]], ["00000/2.png", [0, 1]]]}')
    assert add(stylegan, "lists").manifest.attributes == ("label0", "label1")


def test_a_damaged_dataset_json_is_refused_with_the_way_around_it(home: Path, pictures: Path) -> None:
    (pictures / "dataset.json").write_text("{")
    with pytest.raises(DataError, match=r"dataset\.json: is no JSON") as refused:
        add(pictures)
    assert "--labels folders" in (refused.value.hint or "")


CAMERA = [0.5] * 25


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"name": "pets", "version": 1},
        {"labels": 3},
        {"labels": None},
        {"labels": {"0": "cat", "1": "dog"}},
        {"labels": {"cat/1.png": {"box": [1, 2]}}},
        {"labels": [["cat/1.png"]]},
        {"labels": [["gone.png", "x"]]},
        {"labels": [["cat/1.png", CAMERA], ["dog/2.png", CAMERA]]},
    ],
    ids=str,
)
def test_class_folders_stay_classes_beside_another_tool_s_dataset_json(
    home: Path, tmp_path: Path, value: object
) -> None:
    plain(tmp_path / "pets" / "cat" / "1.png", RED)
    plain(tmp_path / "pets" / "dog" / "2.png", GREEN)
    (tmp_path / "pets" / "dataset.json").write_text(json.dumps(value))
    data = add(tmp_path / "pets")
    assert classes_of(data) == ["cat", "dog"]
    assert data.manifest.skipped == ()
    [note] = data.manifest.notes
    assert "dataset.json" in note
    assert "folders are the classes" in note
    with pytest.raises(DataError) as refused:
        add(tmp_path / "pets", "required", labels="dataset.json")
    assert refused.value.hint == "--labels folders"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_dataset_json_with_a_mark_is_found_by_itself(home: Path, pictures: Path, encoding: str) -> None:
    labels = {"labels": [["1.png", 7], ["2.png", 10], ["3.png", 7]]}
    (pictures / "dataset.json").write_text(json.dumps(labels), encoding)
    assert classes_of(add(pictures)) == ["7", "10", "7"]


def test_the_numbered_folders_of_stylegan_are_no_classes_whatever_its_labels(home: Path, tmp_path: Path) -> None:
    for number in (0, 1):
        plain(tmp_path / "faces" / f"0000{number}" / f"{number}.png", RED)
    labels = [[f"0000{number}/{number}.png", CAMERA] for number in (0, 1)]
    (tmp_path / "faces" / "dataset.json").write_text(json.dumps({"labels": labels}))
    data = add(tmp_path / "faces")
    assert (data.manifest.count, data.manifest.classes) == (2, ())
    assert "there are no classes" in data.manifest.notes[0]


def test_celeba_has_forty_columns_of_minus_one_and_one(home: Path, pictures: Path, tmp_path: Path) -> None:
    from ganstudio.data.obtain import pack_known

    published = tmp_path / "celeba"
    published.mkdir()
    zipped(pictures, published / "img_align_celeba.zip", around="img_align_celeba/")
    lines = ["3", "Bald Young", "1.png -1  1", "2.png  1 -1", "3.png -1 -1"]
    (published / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    for origin in (published, published / "img_align_celeba.zip"):
        data = pack_known("celeba", origin=origin, to=f"faces-{origin.suffix.lstrip('.')}0", size=16)
        assert data.manifest.attributes == ("Bald", "Young")
        attributes = data.attributes()
        assert attributes is not None
        np.testing.assert_array_equal(attributes, [[0, 1], [1, 0], [0, 0]])
    with pytest.raises(DataError, match="list_attr_celeba"):
        pack_known("celeba", origin=pictures)


def test_a_file_of_labels_is_a_data_set_of_the_pictures_beside_it(home: Path, pictures: Path) -> None:
    (pictures / "birds.json").write_text(json.dumps({"1.png": "wren", "2.png": "tit", "3.png": "wren"}))
    data = add(pictures / "birds.json")
    assert (data.manifest.name, classes_of(data)) == ("birds", ["wren", "tit", "wren"])
    assert add_once(pictures / "birds.json").path == data.path


def test_labels_of_pictures_in_another_folder_name_it(home: Path, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "birds.csv").write_text("../set/1.png,wren\n../set/2.png,tit\n")
    with pytest.raises(DataError, match="names none of the 0 files") as refused:
        add(tmp_path / "lists" / "birds.csv")
    assert refused.value.hint == f"ganstudio data add {pictures} --labels {tmp_path / 'lists' / 'birds.csv'}"


def test_without_labels_a_dataset_json_is_no_file_that_failed(home: Path, pictures: Path) -> None:
    (pictures / "dataset.json").write_text("{")
    assert add(pictures, labels="none").manifest.skipped == ()


def test_celeba_s_attributes_may_come_as_a_csv(home: Path, pictures: Path) -> None:
    from ganstudio.data.obtain import pack_known

    (pictures / "list_attr_celeba.csv").write_text("image_id,Bald,Young\n1.png,-1,1\n2.png,1,-1\n3.png,-1,-1\n")
    found = [
        add(pictures / "list_attr_celeba.csv"),
        add(pictures, labels=str(pictures / "list_attr_celeba.csv")),
        pack_known("celeba", origin=pictures, to="faces", size=16),
    ]
    for data in found:
        assert data.manifest.attributes == ("Bald", "Young")
        assert (data.attributes().tolist(), data.manifest.skipped) == ([[0, 1], [1, 0], [0, 0]], ())
