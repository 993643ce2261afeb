from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.data import store
from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.manifest import parse
from ganstudio.data.obtain import find_set, open_set
from ganstudio.data.pack import add
from ganstudio.data.store import DataSet, list_sets, remove
from ganstudio.errors import DataError, UsageError
from tests.data.pictures import GREEN, plain


@pytest.fixture
def packed(home: Path, tmp_path: Path) -> DataSet:
    plain(tmp_path / "pets" / "cat" / "1.png")
    plain(tmp_path / "pets" / "dog" / "2.png", GREEN)
    (tmp_path / "pets" / "notes.txt").write_text("no picture")
    return add(tmp_path / "pets")


def test_a_manifest_reads_as_it_was_written(packed: DataSet) -> None:
    assert DataSet.load(packed.path) == packed
    assert parse(json.dumps(packed.manifest.as_record())) == packed.manifest


def test_a_manifest_of_a_version_that_knew_no_clips_is_of_images(packed: DataSet) -> None:
    record = packed.manifest.as_record()
    del record["depth"], record["sources"]
    old = parse(json.dumps(record))
    assert (old.shape, old.sources) == ((16, 16, 3), None)


def test_the_json_has_the_keys_of_the_interface(packed: DataSet) -> None:
    shown = packed.manifest.as_json()
    expected = (
        "name count size resolution channels axes depth classes class_counts attributes source_shape pictures "
        "synthetic enlarged fingerprint source skipped_count"
    )
    assert list(shown) == expected.split()
    assert (shown["name"], shown["count"], shown["axes"], shown["skipped_count"]) == ("pets", 2, "HWC", 1)
    assert shown["size"] == [16, 16]


def test_a_data_set_is_called_as_its_folder_is(packed: DataSet) -> None:
    packed.path.rename(packed.path.with_name("beasts"))
    assert [data.manifest.name for data in list_sets()] == ["beasts"]
    assert open_set("beasts").manifest == replace(packed.manifest, name="beasts")


def test_a_name_that_is_not_there_is_refused_with_the_nearest(packed: DataSet) -> None:
    with pytest.raises(UsageError, match="Did you mean 'pets'"):
        open_set("pet")
    with pytest.raises(UsageError, match="Did you mean 'mnist'"):
        open_set("mnits")
    with pytest.raises(DataError, match=r"neither a data set nor a path\. Did you mean 'pets'"):
        find_set("pest")
    with pytest.raises(UsageError, match="there is none"):
        remove("pest")


def test_a_name_goes_before_a_folder_of_the_same_name(
    packed: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain(tmp_path / "here" / "pets" / "1.png")
    monkeypatch.chdir(tmp_path / "here")
    assert find_set("pets").path == packed.path
    assert find_set("./pets").manifest.name == "pets-2"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", 3),
        ("count", 0),
        ("count", "2"),
        ("count", True),
        ("resolution", 1_000_000),
        ("channels", -1),
        ("classes", ["cat"]),
        ("classes", [1, 2]),
        ("class_counts", [1, 2]),
        ("class_counts", {"cat": 1}),
        ("skipped", [{"file": "x"}]),
        ("skipped", ["x"]),
        ("packing", "crop"),
        ("packing", {"fit": "crop"}),
        ("fingerprint", None),
        ("axes", "CHW"),
        ("axes", "THWC"),
        ("depth", 16),
        ("sources", {"sizes": {}}),
        ("sources", ["16x16"]),
        ("synthetic", 3),
        ("synthetic", -1),
        ("synthetic", "1"),
    ],
)
def test_a_manifest_that_cannot_be_is_damage(packed: DataSet, key: str, value: object) -> None:
    record = json.loads((packed.path / "manifest.json").read_text())
    (packed.path / "manifest.json").write_text(json.dumps({**record, key: value}))
    with pytest.raises(DataError, match="damaged"):
        DataSet.load(packed.path)
    assert list_sets() == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "\x00\xff"])
def test_a_manifest_that_is_no_table_is_damage(packed: DataSet, text: str) -> None:
    (packed.path / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"'pets' is damaged: .*\."):
        DataSet.load(packed.path)


def test_cut_or_exchanged_arrays_are_damage(packed: DataSet) -> None:
    images, labels = packed.path / "images.npy", packed.path / "labels.npy"
    whole = images.read_bytes()
    images.write_bytes(whole[:-1200])
    with pytest.raises(DataError, match="shorter than 2 images"):
        DataSet.load(packed.path)
    np.save(images, np.zeros((3, 16, 16, 3), np.uint8))
    with pytest.raises(DataError, match=r"images.npy holds uint8 \[3, 16, 16, 3\]"):
        packed.images()
    images.write_bytes(bytes(len(whole)))
    with pytest.raises(DataError, match=r"images.npy"):
        packed.images()
    labels.write_bytes(b"")
    with pytest.raises(DataError, match=r"labels.npy"):
        packed.labels()
    np.save(labels, np.zeros(3, np.int64))
    with pytest.raises(DataError, match=r"labels.npy holds"):
        packed.labels()


def test_a_pickle_posing_as_an_array_is_not_loaded(packed: DataSet) -> None:
    size = (packed.path / "images.npy").stat().st_size
    np.save(packed.path / "images.npy", np.array([{"x": "y" * size}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="damaged"):
        packed.images()


def test_remove_takes_what_was_derived_along_and_nothing_else(packed: DataSet, home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "pets2" / "1.png")
    add(tmp_path / "pets2")
    at_resolution(open_set("pets"), 48)
    assert store.names() == ["pets", "pets2", "pets@48"]
    assert remove("pets") == ["pets", "pets@48"]
    assert [path.name for path in home.iterdir()] == ["pets2"]


def test_a_damaged_set_can_be_removed(packed: DataSet) -> None:
    (packed.path / "manifest.json").unlink()
    assert remove("pets") == ["pets"]
    assert not packed.path.exists()
