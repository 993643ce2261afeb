"""What a terminal, a pipe and a program get: closed streams, control characters, wide characters, JSON."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ganstudio.cli import output
from ganstudio.errors import RecipeError, StudioError, from_json, quoted
from ganstudio.streams import Readable, printable
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.terminal import Terminal
from tests.cli.test_app import fails

GANSTUDIO = f"{sys.executable} -m ganstudio"
CLOSED = ["".join(chosen) for n in (1, 2, 3) for chosen in itertools.combinations((" <&-", " >&-", " 2>&-"), n)]
NASTY = "bad\x1b]0;title\x07\r\nline\t\x9b2J\u202etxt"


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("closed", CLOSED)
def test_closed_streams_are_no_fault_and_what_is_left_is_used(closed: str) -> None:
    ended = shell(f"{GANSTUDIO} data list --json{closed}")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == ("" if ">&-" in closed.replace("2>&-", "") else "[]\n")


def test_a_file_written_under_a_closed_stdout_holds_what_it_should(tmp_path: Path, photos: Path) -> None:
    ended = shell(f"{GANSTUDIO} data add {photos} --workers 1 >&- 2>&- <&-; {GANSTUDIO} data list --json")
    assert json.loads(ended.stdout)[0]["count"] == 40


@pytest.mark.parametrize("closed", [" <&-", " >&-", " 2>&-", " <&- >&- 2>&-"])
def test_a_program_that_is_started_under_closed_streams_has_its_own_open(tmp_path: Path, closed: str) -> None:
    child = f"import os; os.fstat(0), os.fstat(1), os.fstat(2); open({str(tmp_path / 'whole')!r}, 'w')"
    code = (
        "import subprocess, sys; from ganstudio.streams import open_closed; open_closed(); "
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    assert shell(f"{sys.executable} -c {quoted(code)}{closed}").returncode == 0
    assert (tmp_path / "whole").exists()


@pytest.mark.parametrize("arguments", ["--version", "--help", "presets", "presets list", "presets list --json"])
def test_a_full_disk_behind_stdout_is_one_error_and_behind_stderr_none(arguments: str) -> None:
    full = shell(f"{GANSTUDIO} {arguments} >/dev/full")
    assert full.returncode == 1
    assert len(full.stderr.splitlines()) == 1
    assert "the output cannot be written: No space left on device." in full.stderr
    assert shell(f"{GANSTUDIO} {arguments} 2>/dev/full").returncode == 0


def test_controls_are_written_out_and_letters_of_any_language_stay() -> None:
    assert printable(NASTY) == r"bad\x1b]0;title\x07\r\nline\t\x9b2J\u202etxt"
    assert printable("Größe 猫 é 👩‍🔬 caf\udce9") == "Größe 猫 é 👩‍🔬 caf\\xe9"


def test_only_the_colours_of_paint_pass_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    stream = Readable(terminal, needed=True)
    print(output.paint("a\x1b[31m", "red", stream), "\x1b[2J\x1b[31mb", file=stream)
    assert terminal.getvalue() == "\x1b[0;31ma\\x1b[31m\x1b[0m \\x1b[2J\\x1b[31mb\n"


def test_names_with_controls_reach_no_terminal_and_json_unchanged(ganstudio: Program, photos: Path) -> None:
    pictures = sorted(photos.iterdir())
    for name, part in (("a\tb\nc\x1b[1m", pictures[:20]), ("plain", pictures[20:])):
        (photos / name).mkdir()
        for picture in part:
            picture.rename(photos / name / picture.name)
    (photos / "plain" / NASTY).write_bytes(b"GIF89a")
    added = ganstudio("data", "add", photos, "--labels", "folders", "--workers", "1")
    [line] = [line for line in added.err.splitlines() if line.startswith("skipped ")]
    assert r"bad\x1b]0;title\x07\r\nline\t\x9b2J\u202etxt" in line
    for command in ("show", "check"):
        shown = ganstudio("data", command, "photos")
        assert r"a\tb\nc\x1b[1m" in shown.out
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", added.err + shown.out + shown.err)
    told = json.loads(ganstudio("data", "show", "photos", "--json").out)
    assert "a\tb\nc\x1b[1m" in told["classes"]
    assert told["skipped"][0]["file"] == f"plain/{NASTY}"


def test_an_error_about_a_name_with_controls_shows_them_written_out(ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("data", "add", tmp_path / "\x1b]0;x\x07.zip")
    assert ended.code == 2
    assert r"\x1b]0;x\x07.zip" in ended.err
    assert "\x1b" not in ended.err


def test_wide_characters_keep_columns_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.cells import cell_len

    names = ("dog", "猫猫猫", "e\u0301te\u0301", "👩‍🔬", "ｱ", "Größe")
    output.print_table(("class", "n"), [(name, "1") for name in names])
    lines = capsys.readouterr().out.splitlines()
    assert {cell_len(line) for line in lines} == {len("猫猫猫") * 2 + 3}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_and_paths_are_whole_in_any_locale(workspace: Workspace, encoding: str) -> None:
    code = "from ganstudio.cli.output import print_json, print_made; print_json(['Größe 猫', 'caf\\udce9'])"
    environment = {"PYTHONIOENCODING": f"{encoding}:replace"}
    told = shell(f"{sys.executable} -c {quoted(code)}", **environment).stdout
    assert json.loads(told) == ["Größe 猫", "caf\udce9"]
    code = code.partition(";")[0] + "; print_made('/x/猫')"
    path = shell(f"{sys.executable} -c {quoted(code)} | od -An -tx1", **environment).stdout
    assert path.split() == [f"{byte:02x}" for byte in "/x/猫\n".encode()]


ERRORS = [
    ("trian --json", 2, "UsageError"),
    ("runs show nothing --json", 2, "UsageError"),
    ("train dcgan --json", 2, "UsageError"),
    ("runs list --nonsense --json", 2, "UsageError"),
    ("train dcgan --data mnist --seed x --json", 2, "UsageError"),
    ("--workspace /none runs list --json", 2, "UsageError"),
]


@pytest.mark.parametrize(("line", "code", "kind"), ERRORS)
def test_an_error_under_json_is_one_object_on_stderr(
    ganstudio: Program, workspace: Workspace, line: str, code: int, kind: str
) -> None:
    ended = ganstudio(*line.split())
    assert (ended.code, ended.out) == (code, "")
    told = json.loads(ended.err)
    assert list(told) == ["error", "message", "hint", "details"]
    assert (told["error"], told["details"]["exit_code"]) == (kind, code)
    assert isinstance(from_json(told), StudioError)


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (KeyError("x"), 1, "StudioError"),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "StudioError"),
        (RecipeError(["a: wrong.", "b: wrong."]), 2, "RecipeError"),
    ],
)
def test_faults_interruptions_and_what_the_system_refuses_are_objects_too(
    ganstudio: Program, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, kind: str
) -> None:
    fails(monkeypatch, error)
    for debug in ([], ["--debug"]):
        ended = ganstudio(*debug, "presets", "list", "--json")
        told = json.loads(ended.err)
        assert (ended.code, told["error"]) == (code, kind)
        assert ("traceback" in told["details"]) == bool(debug)


def test_a_recipe_error_under_json_lists_its_problems() -> None:
    assert RecipeError(["a: wrong.", "b: wrong."]).report()["details"]["problems"] == ["a: wrong.", "b: wrong."]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_moves_no_cursor_gets_no_codes(workspace: Workspace, photos: Path, term: str) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--kimg", "3")
    with Terminal(*arguments, FAKE_STEP_S="0.01", TERM=term, FAKE_PICTURES="1") as terminal:
        assert terminal.ended() == 0
    assert "\x1b" not in terminal.raw
    assert "3.0/3 kimg" in terminal.raw
