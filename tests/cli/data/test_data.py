from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ganstudio.cli.app import run
from tests.data.pictures import GREEN, plain


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, and the folder above it to stand in."""
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def pets(home: Path, tmp_path: Path) -> Path:
    plain(tmp_path / "pets" / "cat" / "1.png")
    plain(tmp_path / "pets" / "dog" / "2.png", GREEN)
    return tmp_path / "pets"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """What `ganstudio data` wrote to stdout and stderr, having left with `code`."""
    capsys.readouterr()
    assert run(["data", *arguments]) == code
    return capsys.readouterr()


def test_add_prints_the_name_alone_and_the_facts_beside_it(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = said(capsys, "add", "./pets")
    assert out == "pets\n"
    assert "16 x 16, rgb" in err
    assert "\x1b" not in err


def test_skipped_files_are_named_and_make_the_code_one(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pets / "notes.txt").write_text("no picture")
    out, err = said(capsys, "add", "pets", code=1)
    assert out == "pets\n"
    assert "notes.txt: no image" in err
    shown = json.loads(said(capsys, "show", "pets", "--json")[0])
    assert shown["skipped"] == [{"file": "notes.txt", "reason": "no image"}]
    assert shown["skipped_count"] == 1


def test_add_says_where_folders_are_splits_and_no_classes(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("train/cat", "train/dog", "val/cat"):
        plain(tmp_path / "pets" / name / "1.png")
    err = said(capsys, "add", "pets")[1]
    assert f"take the classes inside one of them: ganstudio data add {tmp_path / 'pets' / 'train'}" in err
    assert "named as the splits" in said(capsys, "check", "pets")[0]


def test_a_hundred_skipped_files_do_not_fill_the_screen(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(100):
        (pets / f"{n:03}.txt").write_text("no picture")
    _, err = said(capsys, "add", "pets", code=1)
    assert err.count("no image") == 10
    assert "and 90 more: ganstudio data show pets" in err
    assert said(capsys, "show", "pets")[0].count("no image") == 100


def test_options_reach_the_packing(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = "--name p --size 24 --fit pad --mode gray --background black --labels none --strict --workers 1 --json"
    made = json.loads(said(capsys, "add", "pets", *given.split())[0])
    assert (made["name"], made["resolution"], made["channels"], made["classes"]) == ("p", 24, 1, [])


def test_a_list_is_a_list_and_a_show_one_object_of_the_same_keys(
    pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "list", "--json")[0] == "[]\n"
    said(capsys, "add", "pets")
    (listed,) = json.loads(said(capsys, "list", "--json")[0])
    shown = json.loads(said(capsys, "show", "pets", "--json")[0])
    unknown = {"duplicates": None, "near_duplicates": None, "blank": None, "notes": []}
    assert shown == {**listed, "skipped": [], "skipped_reasons": {}, **unknown, "sheet": None}


def test_list_names_what_is_packed_known_or_damaged(home: Path, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "pets")
    (home / "broken").mkdir()
    out, err = said(capsys, "list")
    assert out.splitlines()[1].split()[:5] == ["pets", "2", "16²", "rgb", "2"]
    assert "packed on first use: mnist, mnist-test, fashion-mnist" in err
    assert "ganstudio data remove broken" in err


def test_show_counts_each_class_and_draws_nothing_into_a_pipe(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "pets")
    out, _ = said(capsys, "show", "pets")
    assert "cat         1  50.0%" in out
    assert "\x1b" not in out


def test_show_draws_the_images_on_a_terminal(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "pets")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ganstudio", "data", "show", "pets"],
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    drawn = b""
    try:
        while part := os.read(ours, 65536):
            drawn += part
    except OSError:  # Linux says so that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    assert b"48;2;255;0;0" in drawn or b"38;2;255;0;0" in drawn


def test_remove_prints_what_is_gone(pets: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "pets")
    assert said(capsys, "remove", "pets", "--yes")[0] == "pets\n"
    assert list(home.iterdir()) == []
    assert (pets / "cat" / "1.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "./gone"], "gone: there is no such folder or file"),
        (["add", "mnits"], "Did you mean 'mnist'?"),
        (["add", "empty"], "the folder is empty"),
        (["add", "notes"], "no image among 1 files (1.txt: no image)"),
        (["add", "pets", "--name", "a/b"], "letters, digits"),
        (["add", "pets", "--size", "5"], "from 8 to 4096"),
        (["add", "pets", "--fit", "squeeze"], "squeeze"),
        (["add", "mnist", "--size", "64"], "--name mnist-64"),
        (["add", "mnist", "--mode", "rgb"], "known by name"),
        (["add", "mnist", "--from", "nowhere"], "no such file or folder"),
        (["add", "pets", "--from", "notes"], "'pets' is none"),
        (["add", "pets", "--labels", "gone.csv"], "no such file"),
        (["add", "ffhq"], "ganstudio data add ffhq --from PATH"),
        (["show", "pest"], "there is none"),
        (["check", "pest"], "there is none"),
        (["remove", "pest"], "there is none"),
    ],
)
def test_bad_input_is_refused_with_two_and_a_way_on(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "1.txt").write_text("words")
    out, err = said(capsys, *arguments, code=2)
    assert out == ""
    assert message in err


def test_a_name_that_another_folder_has_is_refused(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "add", "pets")
    plain(tmp_path / "others" / "1.png")
    _, err = said(capsys, "add", "others", "--name", "pets", code=2)
    assert "the name is taken" in err
    assert "--name" in err


@pytest.mark.parametrize("command", ["list", "add", "show", "check", "remove"])
def test_each_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"ganstudio data {command}" in said(capsys, command, "--help")[0]


def test_listing_loads_neither_numpy_nor_pillow(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "pets")
    code = "import sys; from ganstudio.cli.app import run; run(['data', 'list']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "PIL", "torch"} & set(loaded)


def test_how_a_source_was_read_is_said_and_shown(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np

    images = np.random.RandomState(0).randint(0, 256, (4, 16, 16), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=[0, 1, 5, 1], x_test=images[:1], y_test=[3])
    note = "This is the train part of a.npz; --part test packs another."
    out, err = said(capsys, "add", "a.npz")
    assert out == "a\n"
    assert note in err
    assert note in said(capsys, "show", "a")[0]
    assert json.loads(said(capsys, "show", "a", "--json")[0])["notes"] == [note]
    added = json.loads(said(capsys, "add", "a.npz", "--part", "test", "--name", "b", "--json")[0])
    assert (added["count"], added["classes"], added["notes"]) == (1, ["3"], [])
