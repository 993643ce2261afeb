"""Folders: what is done already is left, what cannot be read is listed, what was killed goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ganstudio.inference.images import work
from ganstudio.inference.images.jobs import Failure
from ganstudio.inference.images.tiles import Tiling
from ganstudio.workspace import write_atomic
from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save
from tests.inference.images.networks import write_copier, write_upscaler

ASKED = ("translate", "photos", "--model", "copy", "--out", "out", "--json")


@pytest.fixture
def photos(here: Path) -> Path:
    write_copier(here / "exports" / "copy.onnx")
    for number in range(6):
        save(here / "photos" / f"{number % 2}" / f"{number}.png", noise(20, 24, seed=number))
    return here / "photos"


def test_a_folder_s_tree_is_repeated(photos: Path, here: Path, ganstudio: Program) -> None:
    ended = ganstudio(*ASKED)
    assert ended.code == 0, ended.err
    for path in photos.rglob("*.png"):
        assert (pixels_of(here / "out" / path.relative_to(photos)) == pixels_of(path)).all()
    assert [one["path"] for one in json.loads(ended.out)["pictures"]] == sorted(map(str, (here / "out").rglob("*.png")))


def test_what_is_there_is_left_and_what_changed_is_made_again(photos: Path, here: Path, ganstudio: Program) -> None:
    ganstudio(*ASKED)
    before = {path: path.stat().st_mtime_ns for path in (here / "out").rglob("*.png")}
    save(photos / "0" / "2.png", noise(30, 30, seed=9))
    ended = ganstudio(*ASKED)
    there = {one["path"]: one["there"] for one in json.loads(ended.out)["pictures"]}
    assert [Path(path).name for path, known in there.items() if not known] == ["2.png"]
    assert "5 of 6 pictures were there already." in ended.err
    after = {path: path.stat().st_mtime_ns for path in (here / "out").rglob("*.png")}
    assert {path.name for path in before if before[path] != after[path]} == {"2.png"}


@pytest.mark.usefixtures("photos")
def test_an_interrupt_leaves_whole_files_and_the_same_command_goes_on(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def interrupted(path: Path, content: bytes) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        write_atomic(path, content)

    monkeypatch.setattr(work, "write_atomic", interrupted)
    ended = ganstudio(*ASKED)
    assert ended.code == 130
    assert "The same command goes on there." in ended.err
    monkeypatch.setattr(work, "write_atomic", write_atomic)
    pictures = json.loads(ganstudio(*ASKED).out)["pictures"]
    assert {one["path"] for one in pictures if one["there"]} == {str(path) for path in written}
    assert len(list((here / "out").rglob("*"))) == 6 + 2  # and two folders


@pytest.mark.usefixtures("photos")
def test_what_a_kill_left_half_written_goes(here: Path, ganstudio: Program) -> None:
    (here / "out" / "0").mkdir(parents=True)
    (here / "out" / "0" / f".0.png.{2**22 + 1}.tmp").write_bytes(b"half")  # no process has that number
    assert ganstudio(*ASKED).code == 0
    assert len(list((here / "out").rglob("*"))) == 6 + 2


def test_a_file_that_is_no_picture_is_listed_and_the_rest_is_done(photos: Path, here: Path, ganstudio: Program) -> None:
    (photos / "notes.txt").write_text("no picture")
    (photos / "0" / "cut.png").write_bytes((photos / "0" / "0.png").read_bytes()[:300])
    ended = ganstudio(*ASKED)
    assert ended.code == 1
    answer = json.loads(ended.out)
    assert [Path(one["source"]).name for one in answer["failed"]] == ["cut.png", "notes.txt"]
    assert len(answer["pictures"]) == len(list((here / "out").rglob("*.png"))) == 6
    assert "notes.txt: no image" in ended.err


def test_pictures_of_one_name_in_two_formats_become_two_files(here: Path, ganstudio: Program) -> None:
    write_copier(here / "exports" / "copy.onnx")
    for kind in ("png", "webp"):
        save(here / "photos" / f"a.{kind}", noise(20, 20))
    assert ganstudio(*ASKED).code == 0
    assert sorted(path.name for path in (here / "out").iterdir()) == ["a-png.png", "a-webp.png"]


def test_what_was_made_below_the_folder_is_not_made_from_again(here: Path, ganstudio: Program) -> None:
    write_upscaler(here / "exports" / "up.onnx")
    save(here / "photos" / "a.png", noise(20, 20))
    for _ in range(2):
        assert ganstudio("upscale", "photos", "--model", "up", "--out", "photos/large").code == 0
    assert [path.name for path in (here / "photos" / "large").rglob("*.png")] == ["a.png"]


def test_no_pixels_are_held_by_what_is_written(
    photos: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[work.Outcome | Failure] = []
    do_all = work.do_all

    def keeping(*given: Any) -> Iterator[work.Outcome | Failure]:
        for outcome in do_all(*given):
            kept.append(outcome)
            yield outcome

    monkeypatch.setattr(work, "do_all", keeping)
    assert ganstudio(*ASKED).code == 0
    assert [type(field) for one in kept for field in (one.written if isinstance(one, work.Outcome) else ()) or ()] == [
        *[tuple, Tiling, type(None), tuple] * 6
    ]
