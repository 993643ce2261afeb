"""Labels as people have them, in tables and in JSON: each against the classes that a person reads in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.data.labels.annotations import annotate
from ganstudio.data.sources.source import Listing, Location, Picture
from ganstudio.errors import DataError

NAMES = ("1.png", "2.png", "3.png")
ABA = {"1.png": "a", "2.png": "b", "3.png": "a"}


def listing(root: Path, names: tuple[str, ...] = NAMES) -> Listing:
    """Pictures by name; nothing of them is looked at."""
    return Listing(root, tuple(Picture(name, Location(str(root / name)), None, 1, 1) for name in names), (), "")


def labelled(
    folder: Path, content: str | bytes, names: tuple[str, ...] = NAMES, file: str = "set/labels.csv"
) -> Listing:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return annotate(listing(folder / "set", names), path)


def labels_of(found: Listing) -> dict[str, object]:
    return {picture.name: picture.label for picture in found.pictures}


TABLES = {
    "comma": "file,label\n1.png,a\n2.png,b\n3.png,a\n",
    "no head": "1.png,a\n2.png,b\n3.png,a\n",
    "sep line": "sep=;\r\nfile;label\r\n1.png;a\r\n2.png;b\r\n3.png;a\r\n",
    "sep line, no head": '"sep=|"\n1.png|a\n2.png|b\n3.png|a\n',
    "sep line in capitals, filled up": "SEP=;;;\nfile;label\n1.png;a\n2.png;b\n3.png;a\n",
    "sep line of another separator": "sep=;\nfile,label\n1.png,a\n2.png,b\n3.png,a\n",
    "title above": "My birds,,\nfile,label,\n1.png,a,\n2.png,b,\n3.png,a,\n",
    "remarks above": "# labels\n# of 2020\n1.png,a\n2.png,b\n3.png,a\n",
    "head of R, one cell short": '"file","label"\n"x",1.png,a\n"y",2.png,b\n"z",3.png,a\n',
    "an empty column with a name": "file,label,remark\n1.png,a,\n2.png,b,\n3.png,a,\n",
    "empty columns": "file,label,,\n1.png,a,,\n2.png,b,,\n3.png,a,,\n",
    "empty columns here and there": "file,label\n1.png,a,\n2.png,b\n3.png,a,,\n",
    "tabs": "file\tlabel\n1.png\ta\n2.png\tb\n3.png\ta\n",
    "spaces": "1.png a\n2.png  b\n3.png a\n",
    "only carriage returns": "file,label\r1.png,a\r2.png,b\r3.png,a\r",
    "byte order mark": "\ufefffile,label\n1.png,a\n2.png,b\n3.png,a\n",
    "UTF-16": "file\tlabel\r\n1.png\ta\r\n2.png\tb\r\n3.png\ta\r\n".encode("utf-16"),
    "UTF-16, big end first": "\ufeff1.png,a\n2.png,b\n3.png,a\n".encode("utf-16-be"),
    "quoted": '"file","label"\n"1.png", "a"\n"2.png","b"\n"3.png","a"\n',
    "label before file": "label,file\na,1.png\nb,2.png\na,3.png\n",
    "label before file, no head": "a,1.png\nb,2.png\na,3.png\n",
    "other words": "Image_ID,Category\n1.png,a\n2.png,b\n3.png,a\n",
    "numbers of pandas": ",file,label\n0,1.png,a\n1,2.png,b\n2,3.png,a\n",
    "a column more": "id,file,label\n7,1.png,a\n8,2.png,b\n9,3.png,a\n",
    "back-slashes": "set\\1.png,a\n.\\2.png,b\nC:\\all\\set\\3.png,a\n",
    "another folder above": "set/1.png,a\n./2.png,b\n/home/me/set/3.png,a\n",
    "no extensions": "id,class\n1,a\n2,b\n3,a\n",
    "the same twice": "1.png,a\n2.png,b\n3.png,a\n1.png,a\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_in_any_dialect_gives_the_classes_that_stand_in_it(tmp_path: Path, table: str | bytes) -> None:
    found = labelled(tmp_path, table)
    assert labels_of(found) == ABA
    assert (found.skipped, found.attributes) == ((), ())


@pytest.mark.parametrize("first", ["gone.png,wren", "gone.png,robin", "sub/gone,robin", "7,robin", "gone,wren"])
def test_a_first_line_whose_file_is_missing_is_listed_and_no_head(tmp_path: Path, first: str) -> None:
    found = labelled(tmp_path, f"{first}\n1,wren\n2.png,tit\n3.png,wren\n")
    assert len(found.pictures) == 3
    assert [(entry.file, entry.reason) for entry in found.skipped] == [
        (first.partition(",")[0], "in labels.csv, but there is no such file")
    ]


def test_a_head_in_words_of_its_own_is_told(tmp_path: Path) -> None:
    found = labelled(tmp_path, "Datei,Art\n1.png,a\n2.png,b\n3.png,a\n")
    assert labels_of(found) == ABA
    assert found.notes == ("labels.csv: its first line (Datei, Art) is taken for the names of its columns.",)


def test_names_and_labels_may_hold_commas_newlines_and_quotation_marks(tmp_path: Path) -> None:
    table = 'file,label\n"a, b.png","x, ""y"""\n"c\nd.png",z\n'
    assert labels_of(labelled(tmp_path, table, ("a, b.png", "c\nd.png"))) == {"a, b.png": 'x, "y"', "c\nd.png": "z"}
    assert labels_of(labelled(tmp_path, "1.png;p, q\n2.png;r, s\n", NAMES[:2])) == {"1.png": "p, q", "2.png": "r, s"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("x/1.png", "x/1.png"),
        ("set/x/1.png", "x/1.png"),
        ("../set/x/1.png", "x/1.png"),
        ("X/1.PNG", "x/1.png"),
        ("3", "y/3.png"),
        ("Café.jpg", "Cafe\u0301.jpg"),
        ("1.png", None),  # two are called so
        ("z/1.png", None),
        ("x/3.png", None),
    ],
)
def test_a_name_means_the_picture_whose_path_ends_as_it_does(tmp_path: Path, name: str, meant: str | None) -> None:
    names = ("x/1.png", "y/1.png", "y/3.png", "Cafe\u0301.jpg", "other.png")
    found = labelled(tmp_path, f"file,label\nother.png,b\n{name},a\n", names)
    assert [n for n, label in labels_of(found).items() if label == "a"] == ([meant] if meant else [])
    assert (name in [entry.file for entry in found.skipped]) == (meant is None)


@pytest.mark.parametrize(
    "table",
    [
        "file,Bald,Young\n1.png,0,1\n2.png,1,0\n3.png,0,0\n",
        "image_id,Bald,Young\n1.png,-1,1\n2.png,1,-1\n3.png,-1,-1\n",
        "id,file,Bald,Young\n0,1.png,False,TRUE\n1,2.png,yes,no\n2,3.png,0.0,0\n",
        "3\nBald Young\n1.png -1  1\n2.png  1 -1\n3.png -1 -1\n",
        "Bald Young\n1.png -1  1\n2.png  1 -1\n3.png -1 -1\n",
        "3,,\nimage_id,Bald,Young\n1.png,-1,1\n2.png,1,-1\n3.png,-1,-1\n",
        "\ufeff3\r\nBald Young\r\n1.png -1  1\r\n2.png  1 -1\r\n  \r\n3.png -1 -1\r\n",
    ],
)
def test_columns_of_truths_are_attributes(tmp_path: Path, table: str) -> None:
    found = labelled(tmp_path, table, file="set/list_attr_celeba.csv")
    assert found.attributes == ("Bald", "Young")
    assert labels_of(found) == {"1.png": (0, 1), "2.png": (1, 0), "3.png": (0, 0)}


def test_a_picture_with_two_labels_or_an_empty_one_is_skipped(tmp_path: Path) -> None:
    found = labelled(tmp_path, "1.png,a\n2.png,b\n2.png,c\n3.png,\n")
    assert labels_of(found) == {"1.png": "a"}
    assert [tuple(entry) for entry in found.skipped] == [
        ("2.png", "has two labels in labels.csv"),
        ("3.png", "has no label in labels.csv"),
    ]


def test_a_list_of_other_length_than_it_says_is_told(tmp_path: Path) -> None:
    found = labelled(tmp_path, "9\nBald Young\n1.png -1  1\n2.png  1 -1\n3.png -1 -1\n")
    assert found.notes == ("labels.csv: says that it lists 9 pictures, and lists 3: was it cut short?",)


def test_decimal_commas_are_no_separators(tmp_path: Path) -> None:
    found = labelled(tmp_path, "file;label\n1.png;1,0\n2.png;2,0\n3.png;1,0\n")
    assert labels_of(found) == {"1.png": "1,0", "2.png": "2,0", "3.png": "1,0"}


def test_a_name_that_several_files_have_is_said_to_be_why_none_is_labelled(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its first is x, and 2 files are called so: give their folders too"):
        labelled(tmp_path, "file,label\nx,a\n", ("a/x.png", "b/x.png"))


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("1.png,a\n".encode("utf-16-be"), "UTF-16 without the mark", "iconv -f UTF-16BE"),
        ("\ufeff1.png,a".encode("utf-16-le") + b"x", "cannot be read as UTF-16-LE", "Save it as UTF-8"),
        ("a b.png x\n2.png y\n", "line 2 has 2 columns; line 1 has 3", "quotation marks"),
        ("file,label\n1.png,Größe\n".encode("latin-1"), "line 2 has the byte 0xf6", "iconv"),
        ("1.png,a\n".encode("utf-16-le"), "UTF-16 without the mark", "iconv"),
        ('1.png,"a\n2.png,b\n', "is no CSV that can be read", "quotation mark"),
        ("file,x,y\n1.png,3,4\n", "line 2: x is '3'", "call it label"),
        ("file,x,y\n1.png,1,\n2.png,1,0\n", "line 2: y is empty", "call it label"),
        ("file,label\n1.png,\n2.png,\n", "its pictures have no labels", "--labels folders"),
        ("1.png,a\n1.png,b\n", "two labels or more", ""),
        ("7.png,a\n8.png,b\n", r"names none of the 3 files in .*, where one is called 1\.png; its first is 7\.png", ""),
    ],
)
def test_a_table_that_cannot_be_used_says_why_and_a_way_out(
    tmp_path: Path, content: str | bytes, message: str, hint: str
) -> None:
    with pytest.raises(DataError, match=message) as refused:
        labelled(tmp_path, content)
    assert hint in (refused.value.hint or "")


COCO = {
    "images": [{"id": k, "file_name": f"{k}.png"} for k in (1, 2, 3)],
    "annotations": [{"image_id": 1, "category_id": 5}, {"image_id": 2, "category_id": 6}]
    + [{"image_id": 3, "category_id": 5}] * 2,
    "categories": [{"id": 5, "name": "a"}, {"id": 6, "name": "b"}],
}


@pytest.mark.parametrize(
    "value",
    [
        ABA,
        {"labels": ABA},
        {"labels": list(ABA.items())},
        list(ABA.items()),
        [{"file_name": name, "label": label} for name, label in ABA.items()],
        COCO,
    ],
    ids=["object", "labels, object", "labels, list", "list", "rows", "COCO"],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_in_any_known_form_gives_the_classes_that_stand_in_it(tmp_path: Path, value: object, mark: str) -> None:
    found = labelled(tmp_path, mark + json.dumps(value), file="set/labels.json")
    assert labels_of(found) == ABA
    assert found.skipped == ()


def test_a_name_that_stands_twice_in_a_json_object_is_refused_where_its_labels_differ(tmp_path: Path) -> None:
    assert labels_of(labelled(tmp_path, '{"1.png": 3, "1.png": 3}', file="set/same.json")) == {"1.png": "3"}
    with pytest.raises(DataError, match=r"'1\.png' stands there twice"):
        labelled(tmp_path, '{"1.png": 3, "1.png": 4}', file="set/other.json")


def test_a_json_object_a_line_and_numbers_are_read(tmp_path: Path) -> None:
    lines = '{"image": "1.png", "class": 3}\n{"image": "2.png", "class": 3.0}\n{"image": "3.png", "class": -0.5}\n'
    found = labelled(tmp_path, lines, file="set/metadata.jsonl")
    assert labels_of(found) == {"1.png": "3", "2.png": "3", "3.png": "-0.5"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "holds no labels that are known"),
        ({"1.png": {"box": [1]}}, "a class is a name or a number"),
        ({"1.png": [0.5, 1]}, "list of 2 other things than 0 and 1"),
        ({"1.png": [0, 1], "2.png": [1]}, "lists of one length"),
        ([["1.png"]], "is no name and label"),
        ({"images": [{"id": 1}], "annotations": []}, "as COCO has it: 'file_name' is missing"),
    ],
)
def test_json_of_other_things_is_refused(tmp_path: Path, value: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        labelled(tmp_path, json.dumps(value), file="set/labels.json")
