from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ganstudio.data import archives
from ganstudio.data.pack import add, add_once
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
