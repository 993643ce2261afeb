from __future__ import annotations

import os
from pathlib import Path

import pytest

from ganstudio.data.sources.folders import list_folder
from ganstudio.errors import DataError
from tests.data.pictures import plain


def test_files_come_sorted_with_their_top_folder_as_label(tmp_path: Path) -> None:
    for name in ("dog/2.png", "cat/deep/er/1.png", "cat/0.png", "stray.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [(picture.name, picture.label) for picture in list_folder(tmp_path).pictures]
    assert found == [("cat/0.png", "cat"), ("cat/deep/er/1.png", "cat"), ("dog/2.png", "dog"), ("stray.txt", None)]


def test_hidden_files_and_what_file_browsers_leave_are_no_files(tmp_path: Path) -> None:
    for name in (".hidden.png", ".git/x.png", "Thumbs.db", "__MACOSX/x.png", "seen.png"):
        plain(tmp_path / name) if name.endswith("png") else (tmp_path / name).touch()
    assert [picture.name for picture in list_folder(tmp_path).pictures] == ["seen.png"]


def test_a_linked_folder_is_a_class_and_a_circle_of_links_ends(tmp_path: Path) -> None:
    plain(tmp_path / "elsewhere" / "1.png")
    root = tmp_path / "set"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "circle").symlink_to(root)
    (root / "self").symlink_to("self")
    assert [picture.name for picture in list_folder(root).pictures] == ["linked/1.png", "self"]


def test_a_name_that_is_no_utf8_can_be_printed(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert [picture.name for picture in list_folder(tmp_path).pictures] == ["\\xff.png"]


def test_the_fingerprint_follows_names_sizes_and_times(tmp_path: Path) -> None:
    path = plain(tmp_path / "a.png")
    seen = [list_folder(tmp_path).fingerprint]
    assert list_folder(tmp_path).fingerprint == seen[0]
    os.utime(path, ns=(1, 1))
    seen.append(list_folder(tmp_path).fingerprint)
    path = path.rename(tmp_path / "b.png")
    seen.append(list_folder(tmp_path).fingerprint)
    path.write_bytes(b"shorter")
    os.utime(path, ns=(1, 1))
    seen.append(list_folder(tmp_path).fingerprint)
    assert len(set(seen)) == 4


def test_a_path_that_does_not_exist_a_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        list_folder(tmp_path / "gone")
    with pytest.raises(DataError, match="this is another"):
        list_folder(plain(tmp_path / "one.png"))
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(DataError, match="is empty"):
        list_folder(tmp_path / "empty")


@pytest.mark.parametrize(("name", "hint"), [("a.tar.gz", "tar -xf"), ("b.tgz", "tar -xf"), ("c.7z", "Unpack it")])
def test_an_archive_that_is_no_zip_is_refused_with_how_to_unpack_it(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).write_bytes(b"packed")
    with pytest.raises(DataError, match="must be unpacked") as caught:
        list_folder(tmp_path / name)
    assert hint in str(caught.value.hint)
    assert str(caught.value.hint).endswith(f"ganstudio data add {tmp_path / name[0]}")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_listed_as_skipped(tmp_path: Path) -> None:
    plain(tmp_path / "open" / "1.png")
    (tmp_path / "closed").mkdir(mode=0)
    assert [entry.file for entry in list_folder(tmp_path).skipped] == ["closed"]
