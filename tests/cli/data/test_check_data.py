from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.obtain import open_set
from ganstudio.data.pack import add
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import DataSet
from ganstudio.inference.contact_sheet import contact_tiles
from ganstudio.report import data_advice
from ganstudio.workspace import data_home
from tests.cli.conftest import Program
from tests.data.pictures import BLUE, GREEN, RED, plain

DRAW = np.random.default_rng(0)


def noisy(path: Path, side: int = 16) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(DRAW.integers(0, 256, (side, side, 3), np.uint8)).save(path)
    return path


def checked(ganstudio: Program, name: str) -> dict[str, Any]:
    ended = ganstudio("data", "check", name, "--json")
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """Seven cats, of which two are equal, and two dogs, one of them blank and one a cat; and a text file."""
    for n in range(6):
        noisy(tmp_path / "animals" / "cat" / f"{n}.png")
    first = (tmp_path / "animals" / "cat" / "0.png").read_bytes()
    (tmp_path / "animals" / "cat" / "6.png").write_bytes(first)
    (tmp_path / "animals" / "dog").mkdir()
    (tmp_path / "animals" / "dog" / "cat.png").write_bytes(first)
    plain(tmp_path / "animals" / "dog" / "white.png", (255, 255, 255))
    (tmp_path / "animals" / "notes.txt").write_text("no picture")
    return tmp_path / "animals"


def test_check_names_equal_and_blank_files_and_counts_what_was_skipped(animals: Path, ganstudio: Program) -> None:
    add(animals)
    found = checked(ganstudio, "animals")
    assert [[one["file"] for one in group] for group in found["duplicates"]] == [
        ["cat/0.png", "cat/6.png", "dog/cat.png"]
    ]
    assert found["blank"] == [{"index": 8, "file": "dog/white.png"}]
    assert found["near_duplicates"] == []
    assert (found["skipped"], found["skipped_reasons"]) == (
        [{"file": "notes.txt", "reason": "no image"}],
        {"no image": 1},
    )
    assert found["balance"] == {"largest": 7, "smallest": 2, "ratio": 3.5, "empty": []}
    assert found["sources"]["sizes"] == {"16x16": 9}


def test_check_ends_with_what_it_means_and_what_to_type(animals: Path, ganstudio: Program) -> None:
    add(animals)
    out = ganstudio("data", "check", "animals").out
    for sentence in (
        "The classes are unbalanced: cat has 3.5 times the images of dog.",
        "2 images repeat others exactly",
        "1 groups of equal images are of more than one class",
        "1 images are blank",
        f"ganstudio data add {animals} --name animals-2 --size 16",
        "1 files were skipped",
        "9 images are few",
    ):
        assert sentence in out
    assert "equal         cat/0.png = cat/6.png = dog/cat.png" in out
    assert "equal         3 in 1 group\n" in out
    assert "skipped       1: no image (1)\n" in out
    assert "\x1b" not in out
    assert "█" not in out


def test_files_are_not_named_once_the_folder_has_changed(animals: Path, ganstudio: Program) -> None:
    add(animals)
    (animals / "cat" / "0.png").unlink()
    assert checked(ganstudio, "animals")["blank"] == [{"index": 8, "file": None}]
    assert "equal         number 0 = number 6" in ganstudio("data", "check", "animals").out


def test_show_tells_what_a_check_has_found(animals: Path, ganstudio: Program) -> None:
    add(animals)
    found = checked(ganstudio, "animals")
    shown = json.loads(ganstudio("data", "show", "animals", "--json").out)
    for key in ("skipped", "duplicates", "near_duplicates", "blank"):
        assert shown[key] == found[key]


def test_a_set_of_which_nothing_is_odd_says_so(
    tmp_path: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_advice, "FEW", 5)
    for n in range(6):
        noisy(tmp_path / "fine" / f"{n}.png")
    add(tmp_path / "fine")
    assert checked(ganstudio, "fine")["advice"] == [
        "Nothing stands out: ganstudio train dcgan --data fine --set training.batch=6"
    ]


def test_pictures_that_were_enlarged_are_remarked(tmp_path: Path, ganstudio: Program) -> None:
    for n in range(3):
        noisy(tmp_path / "small" / f"{n}.png")
    add(tmp_path / "small", size=64)
    advice = " ".join(checked(ganstudio, "small")["advice"])
    assert "The images are enlarged from 16 px to 64 px, which adds no detail." in advice
    assert "--size 16" in advice


def test_a_set_without_classes_or_files_has_neither_balance_nor_sources(ganstudio: Program) -> None:
    packed("clips", np.zeros((3, 4, 8, 8, 1), np.uint8))
    found = checked(ganstudio, "clips")
    assert (found["balance"], found["sources"], found["skipped"]) == (None, None, [])
    assert "3 clips" in " ".join(found["advice"])


def packed(name: str, pixels: Any, classes: tuple[str, ...] = (), labels: list[int] | None = None) -> DataSet:
    """A data set of `pixels` [N, H, W, C] or [N, T, H, W, C]."""
    with staging() as folder:
        depth = pixels.shape[1] if pixels.ndim == 5 else None
        writer = PixelWriter(folder / "images.npy", pixels.shape[-2], pixels.shape[-1], depth)
        writer.append(pixels)
        table = None if labels is None else np.array(labels, np.int64)
        axes = "HWC" if depth is None else "THWC"
        publish(
            folder, finish_set(folder, writer, name=name, source="a test", classes=classes, labels=table, axes=axes)
        )
    return DataSet.load(data_home() / name)


def numbered(count: int) -> Any:
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 4, 4, 1))


def test_a_sheet_has_a_column_a_class_and_black_where_a_class_has_no_more() -> None:
    labels = [0] * 90 + [1] * 3 + [2] * 7
    tiles, columns = contact_tiles(packed("set", numbered(100), ("a", "b", "c"), labels), rows=8)
    shown = tiles[:, 0, 0, 0].reshape(8, columns)
    assert columns == 3
    assert shown[:, 0].tolist() == [0, 13, 25, 38, 51, 64, 76, 89]
    assert shown[:, 1].tolist() == [90, 91, 92, 0, 0, 0, 0, 0]
    assert shown[:, 2].tolist() == [93, 94, 95, 96, 97, 98, 99, 0]


def test_a_sheet_of_many_classes_shows_as_many_of_them_as_it_has_tiles_for() -> None:
    labels = [n // 5 for n in range(100)]
    names = tuple(str(k) for k in range(20))
    tiles, columns = contact_tiles(packed("set", numbered(100), names, labels), rows=8)
    assert columns == 8
    assert {labels[n] for n in tiles[:, 0, 0, 0]} == set(range(20))


@pytest.mark.parametrize("count", [3, 64, 200])
def test_a_sheet_without_classes_is_spread_over_the_set(count: int) -> None:
    tiles, columns = contact_tiles(packed("set", numbered(count)), rows=8)
    shown = tiles[:, 0, 0, 0].tolist()
    assert columns == 8
    assert (shown[0], shown[-1], len(shown)) == (0, count - 1, min(64, count))
    assert len(set(shown)) == len(shown)


def test_a_sheet_of_clips_has_eight_frames_a_row_and_a_row_a_class() -> None:
    clips = np.broadcast_to(np.arange(16, dtype=np.uint8)[None, :, None, None, None], (30, 16, 4, 4, 1))
    tiles, columns = contact_tiles(packed("clips", clips), rows=8)
    assert (columns, tiles.shape) == (1, (8, 4, 32, 1))
    assert tiles[0, 0, ::4, 0].tolist() == list(range(1, 16, 2))
    labelled = packed("labelled", clips, ("a", "b", "c"), [n % 3 for n in range(30)])
    assert contact_tiles(labelled, rows=8)[0].shape == (3, 4, 32, 1)


def test_show_writes_the_sheet_and_names_it(tmp_path: Path, ganstudio: Program) -> None:
    for name, colour in (("a", RED), ("b", GREEN), ("c", BLUE)):
        for n in range(2):
            plain(tmp_path / "set" / name / f"{n}.png", colour)
    add(tmp_path / "set")
    file = tmp_path / "new" / "sheet.png"
    assert json.loads(ganstudio("data", "show", "set", "--out", file, "--json").out)["sheet"] == str(file)
    with Image.open(file) as sheet:
        assert sheet.size == (3 * 16, 8 * 16)
        assert [sheet.getpixel((16 * n, 20)) for n in range(3)] == [RED, GREEN, BLUE]
        assert sheet.info["Source"] == "set"
    assert str(file) in ganstudio("data", "show", "set", "--out", file).out


def test_a_sheet_is_a_png_or_nothing(tmp_path: Path, ganstudio: Program) -> None:
    plain(tmp_path / "set" / "1.png")
    add(tmp_path / "set")
    ended = ganstudio("data", "show", "set", "--out", tmp_path / "sheet.jpg")
    assert ended.code == 2
    assert "sheet.png" in ended.err
    assert not (tmp_path / "sheet.jpg").exists()
    assert open_set("set").manifest.count == 1
