from __future__ import annotations

import io
import json
import os
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.add_once import add_once
from ganstudio.data.pack import add
from ganstudio.data.sources import archives
from ganstudio.errors import DataError
from tests.data.pictures import BLUE, GREEN, RED


def png(colour: tuple[int, int, int]) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(content, "PNG")
    return content.getvalue()


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("around", ["", "pets/"])
def test_a_zip_s_folders_are_classes_and_one_around_everything_is_none(home: Path, tmp_path: Path, around: str) -> None:
    entries = {"cat/1.png": png(RED), "ant/1.png": png(GREEN), "ant/2.png": png(BLUE), "cat/x.txt": b"words"}
    hidden = {"__MACOSX/._1.png": b"x", "cat/.DS_Store": b"x"}
    path = make_zip(tmp_path / "p.zip", {f"{around}{name}": content for name, content in (entries | hidden).items()})
    data = add(path)
    assert (data.manifest.name, data.manifest.classes, data.manifest.class_counts) == ("p", ("ant", "cat"), (2, 1))
    assert [tuple(image[0, 0]) for image in data.images()] == [GREEN, BLUE, RED]
    assert [entry.file for entry in data.manifest.skipped] == ["cat/x.txt"]
    assert add_once(path).path == data.path


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["Pets/Cat/0.jpg", "Pets/Dog/0.jpg", "readme.txt"], ("Cat", "Dog")),
        (["x/Pets/Cat/0.png", "x/Pets/Dog/0.png", "x/licence/l.txt", "x/list.csv"], ("Cat", "Dog")),
        (["Cat/0.png", "Dog/0.png", "Cat/x.txt"], ("Cat", "Dog")),
        (["Pets/Cat/0.png", "Pets/Cat/1.png", "readme.txt"], ("Cat",)),
        (["Cat/0.png", "Cat/1.png", "readme.txt"], ()),
        (["Cat/0", "Dog/0"], ("Cat", "Dog")),
        (["Pets/Cat/0", "Pets/Dog/0", "readme.txt"], ("Cat", "Dog")),
        (["../Cat/0.png", "/Dog/0.png", "./Cat/1.png"], ("Cat", "Dog")),
        (["Cat\\0.png", "Dog\\0.png", "Dog\\"], ("Cat", "Dog")),
        (["Größe/0.png", "猫/0.png"], ("Größe", "猫")),
        (["cat/0.png", "Cat/0.png"], ("Cat", "cat")),
    ],
)
def test_classes_are_the_folders_that_all_pictures_are_below(
    home: Path, tmp_path: Path, names: list[str], classes: tuple[str, ...]
) -> None:
    wordy = (".txt", ".csv")
    path = make_zip(tmp_path / "p.zip", {name: b"words" if name.endswith(wordy) else png(RED) for name in names})
    manifest = add(path).manifest
    assert manifest.classes == classes
    assert len(manifest.skipped) == sum(name.endswith(wordy) for name in names)


@pytest.mark.parametrize(
    ("at", "names"),
    [("d/dataset.json", "x/1.png"), ("dataset.json", "d/x/1.png"), ("d/e/dataset.json", "x/1.png")],
)
def test_a_zip_s_dataset_json_is_found_whatever_lies_beside_its_folder(
    home: Path, tmp_path: Path, at: str, names: str
) -> None:
    folder = "d/e" if at.startswith("d/e") else "d"
    pictures = {f"{folder}/x/1.png": png(RED), f"{folder}/y/2.png": png(GREEN)}
    labels = json.dumps({"labels": [[names, 7], [names.replace("x/1", "y/2"), 3]]}).encode()
    data = add(make_zip(tmp_path / "p.zip", {**pictures, at: labels, "readme.txt": b"words"}))
    assert data.manifest.classes == ("3", "7")
    assert [entry.file for entry in data.manifest.skipped] == ["readme.txt"]
    assert [tuple(image[0, 0]) for image in data.images()] == [RED, GREEN]


def test_of_entries_with_one_name_the_last_is_packed_and_the_others_are_skipped(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name, colour in (("a.png", RED), ("./a.png", GREEN), ("b.png", BLUE)):
            archive.writestr(name, png(colour))
    data = add(path)
    assert [tuple(image[0, 0]) for image in data.images()] == [GREEN, BLUE]
    assert data.manifest.skipped == (("a.png", "replaced: a later entry has the same name"),)


def test_names_that_do_not_say_that_they_are_utf8_are_read_as_such_where_they_are(home: Path, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "p.zip", {"Grxxe/0.png": png(RED), "Katzxxe/0.png": png(GREEN)})
    path.write_bytes(
        path.read_bytes().replace(b"Grxx", "Größ".encode()[:2] + b"\x94\xe1").replace(b"zxx", "zß".encode())
    )
    assert add(path).manifest.classes == ("Größe", "Katzße")


def test_encrypted_entries_and_links_are_skipped_and_say_so(home: Path, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "p.zip", {"1.png": png(RED), "2.png": png(GREEN)})
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "1.png")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of the first entry in the directory
    path.write_bytes(content)
    skipped = add(path).manifest.skipped
    assert skipped == (("1.png", "encrypted"), ("link.png", "a link, which is not followed in a zip"))


def test_files_whose_path_is_no_utf8_are_packed(home: Path, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    images = np.full((3, 16, 16), 7, np.uint8)
    np.save(folder / "a.npy", images)
    np.savez(folder / "a.npz", images=images)
    (folder / "a-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, 3, 16, 16) + images.tobytes())
    make_zip(folder / "a.zip", {f"{n}.png": png(RED) for n in range(3)})
    for name in ("a.npy", "a.npz", "a-images-idx3-ubyte", "a.zip"):
        data = add_once(folder / name)
        assert data.manifest.count == 3
        assert add_once(folder / name).path == data.path


def test_a_zip_packs_to_the_same_bytes_in_one_process_and_in_three(home: Path, tmp_path: Path) -> None:
    entries = {f"{n:03}.png": png((n, n, 255 - n)) + bytes(60_000) for n in range(200)}
    path = make_zip(tmp_path / "p.zip", entries)
    alone, together = (add(path, f"by{workers}", workers=workers) for workers in (1, 3))
    assert alone.manifest.fingerprint == together.manifest.fingerprint
    assert alone.manifest.count == 200


def test_a_zip_that_is_damaged_empty_or_none_is_refused(home: Path, tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "p.zip", {"1.png": png(RED)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    (tmp_path / "words.zip").write_text("words")
    for name in ("cut", "words"):
        with pytest.raises(DataError, match="is no zip, or a damaged one"):
            add(tmp_path / f"{name}.zip")
    with pytest.raises(DataError, match="holds no file"):
        add(make_zip(tmp_path / "empty.zip", {}))
    assert list(home.iterdir()) == []


def test_an_entry_that_is_damaged_is_skipped(home: Path, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "p.zip", {"1.png": png(RED), "2.png": png(GREEN)})
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF  # inside the first entry's data
    path.write_bytes(content)
    manifest = add(path).manifest
    assert (manifest.count, manifest.skipped[0].file) == (1, "1.png")
    assert manifest.skipped[0].reason.startswith("damaged")


def test_an_entry_larger_than_a_picture_can_be_is_skipped(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST", 50_000)
    path = make_zip(tmp_path / "p.zip", {"1.png": png(RED), "2.png": png(RED) + bytes(100_000)})
    assert [entry.reason for entry in add(path).manifest.skipped] == ["too large: over 0 MB"]


def test_a_database_of_pictures_is_read_in_the_order_of_its_keys(home: Path, tmp_path: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    folder = tmp_path / "church_lmdb"
    with lmdb.open(str(folder), map_size=1 << 20) as database, database.begin(write=True) as writing:
        for key, colour in ((b"b", GREEN), (b"a", RED), (b"\xff", BLUE)):
            writing.put(key, png(colour))
        writing.put(b"c", b"words")
    data = add(folder)
    assert [tuple(image[0, 0]) for image in data.images()] == [RED, GREEN, BLUE]
    assert [(entry.file, entry.reason) for entry in data.manifest.skipped] == [("c", "no image")]
