"""`ganstudio detect`: what a person and a script read, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.pictures import write_picture
from ganstudio.inference.provenance import picture_words
from tests.cli.conftest import Program
from tests.inference.detect.files import png_with_texts, still


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two synthetic pictures, a photograph and a text, to stand beside."""
    monkeypatch.chdir(tmp_path)
    Path("all").mkdir()
    write_picture(Path("all/a.png"), np.zeros((4, 4, 1), np.uint8), picture_words("cgan", "ab" * 32, "7"), "png")
    png_with_texts(Path("all/b.png"), parameters="a cat\nSteps: 3, Seed: 1")
    still(Path("all/c.jpg"))
    return tmp_path


def test_a_single_picture_is_told_mark_by_mark(here: Path, ganstudio: Program) -> None:
    ended = ganstudio("detect", "all/a.png")
    assert ended.code == 0
    assert ended.out.startswith("all/a.png: synthetic: drawn by a program\n")
    assert "Seed: 7" in ended.out
    assert "ai system" in ended.out
    assert "A picture without a mark may be synthetic all the same" in ended.err
    assert "A mark is no proof" in ended.err


def test_a_folder_is_told_file_by_file_with_its_shares(here: Path, ganstudio: Program) -> None:
    ended = ganstudio("detect", "all")
    assert ended.code == 0
    lines = [line.split() for line in ended.out.splitlines()]
    assert lines[1:4] == [
        ["all/a.png", "synthetic", "ganstudio,", "model", "cgan"],
        ["all/b.png", "synthetic", "(PNG", "text", "parameters)"],
        ["all/c.jpg", "nothing"],
    ]
    assert ["synthetic", "2", "66.7%", "drawn", "by", "a", "program"] in lines


def test_json_has_all_keys_and_says_what_cannot_be_known(here: Path, ganstudio: Program) -> None:
    answer = json.loads(ganstudio("detect", "all", "--json").out)
    assert list(answer) == ["pictures", "shares", "left_out", "unknown"]
    assert [picture["says"] for picture in answer["pictures"]] == ["synthetic", "synthetic", "nothing"]
    assert answer["pictures"][0]["ganstudio"]["Seed"] == "7"
    assert answer["pictures"][0]["ai_prompt"] == "Seed: 7"
    assert answer["shares"][0]["share_synthetic"] == pytest.approx(2 / 3)
    assert len(answer["unknown"]) == 2


def test_what_is_no_picture_is_listed_and_the_command_ends_with_1(here: Path, ganstudio: Program) -> None:
    Path("all/notes.txt").write_text("no picture")
    ended = ganstudio("detect", "all")
    assert ended.code == 1
    assert "Left out: all/notes.txt: no image" in ended.err
    assert "all/c.jpg" in ended.out
    assert json.loads(ganstudio("detect", "all", "--json").out)["left_out"] == [
        {"file": "all/notes.txt", "why": "no image"}
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("all/a.pgn", "all/a.pgn: there is no such file or folder. Did you mean './all/a.png'?"),
        ("notes.txt", "notes.txt: no image."),
        ("empty", "the folder is empty"),
    ],
)
def test_what_cannot_be_used_alone_ends_with_2(here: Path, ganstudio: Program, path: str, message: str) -> None:
    Path("notes.txt").write_text("no picture")
    Path("empty").mkdir()
    ended = ganstudio("detect", path)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err.replace("'all/a.png'", "'./all/a.png'")


def test_no_control_character_of_a_file_reaches_the_terminal(here: Path, ganstudio: Program) -> None:
    png_with_texts(Path("all/d.png"), Software="\x1b[31mred\x07")
    ended = ganstudio("detect", "all/d.png")
    assert "\x1b" not in ended.out
    assert "\\x1b[31mred\\x07" in ended.out


def test_neither_torch_nor_numpy_nor_onnxruntime_is_imported(here: Path) -> None:
    code = (
        "import sys; from ganstudio.cli.app import run; run(['detect', 'all/a.png', 'all/c.jpg']); "
        "print([name for name in ('torch', 'numpy', 'onnxruntime', 'PIL', 'onnx') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
