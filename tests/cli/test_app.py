from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ganstudio import __version__
from ganstudio.cli.command_table import COMMANDS, Group
from ganstudio.errors import Interrupted, RecipeError, StudioError, TrainingError
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.runs.making import STARTED, make_run, tell

HEAVY = ("torch", "numpy", "pydantic", "onnxruntime", "rich", "PIL", "plotext")
PROBE = f"""
import sys
from ganstudio.cli.app import run
code = run(sys.argv[1:])
heavy = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"imported: {{heavy}}" if heavy else code)
"""
GROUPS = {name: list(command.members) for name, command in COMMANDS.items() if isinstance(command, Group)}
EACH = [name for name in COMMANDS if name not in GROUPS] + [
    f"{group} {name}" for group in GROUPS for name in GROUPS[group]
]


def fails(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes `presets list` fail in this way."""

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("ganstudio.recipe.load.preset_names", fail)


def test_the_program_s_help_names_every_command(ganstudio: Program) -> None:
    ended = ganstudio("--help")
    assert ended.code == 0
    assert all(f"  {name} " in ended.out for name in ("train", "runs", "data", "presets", "check", "export", "sample"))
    assert "--workspace DIR" in ended.out
    assert ganstudio() == ended


@pytest.mark.parametrize("command", EACH)
def test_every_command_s_help_has_an_example(ganstudio: Program, command: str) -> None:
    ended = ganstudio(*command.split(), "--help")
    assert ended.code == 0
    assert f"\n    ganstudio {command}" in ended.out


def test_the_version(ganstudio: Program) -> None:
    assert ganstudio("--version") == (0, f"ganstudio {__version__}\n", "")


@pytest.mark.parametrize("arguments", ["--help", "runs list", "runs list --json", "runs --help", "train --help"])
def test_start_up_imports_nothing_heavy(workspace: Workspace, arguments: str) -> None:
    make_run(workspace)
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments.split()], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_a_command_imports_nothing_of_its_neighbours(workspace: Workspace) -> None:
    make_run(workspace)
    neighbours = ("chart", "plot", "fork", "resume", "live", "compare", "show")
    probe = PROBE.replace(repr(HEAVY), repr(tuple(f"ganstudio.cli.runs.{name}" for name in neighbours)))
    ended = subprocess.run([sys.executable, "-c", probe, "runs", "list"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_a_command_without_settings_reads_none(workspace: Workspace) -> None:
    make_run(workspace)
    (workspace.root / "ganstudio.toml").write_text('device = "cpu"')
    settings = ("tomllib", "ganstudio.settings.known", "ganstudio.settings.files", "ganstudio.watcher")
    probe = PROBE.replace(repr(HEAVY), repr(settings))
    ended = subprocess.run([sys.executable, "-c", probe, "runs", "list"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_two_hundred_runs_are_all_listed(workspace: Workspace) -> None:
    """How fast is benchmarks/startup.py's to say."""
    for _ in range(200):
        path = make_run(workspace)
        tell(path, "started", **STARTED)
        tell(path, "finished", 6400, 10.0, reason="budget")
    ended = subprocess.run([sys.executable, "-m", "ganstudio", "runs", "list"], capture_output=True, check=True)
    assert len(ended.stdout.splitlines()) == 201


def test_a_package_that_is_missing_is_named_and_no_fault(ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, ModuleNotFoundError("No module named 'scipy.special'", name="scipy.special"))
    ended = ganstudio("presets", "list")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("error: this needs scipy, which is not installed.\ntry: pip install ganstudio ")


def test_a_module_of_our_own_that_is_missing_is_a_fault(ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, ModuleNotFoundError("No module named 'ganstudio.x'", name="ganstudio.x"))
    assert "a fault of ganstudio" in ganstudio("presets", "list").err


@pytest.mark.parametrize("group", [group for group in GROUPS if group != "config"])
def test_a_group_alone_prints_its_help(ganstudio: Program, group: str) -> None:
    alone = ganstudio(group)
    assert (alone.code, alone.err) == (0, "")
    assert alone.out.startswith(f"Usage: ganstudio {group} ")
    assert alone == ganstudio(group, "--help")


def test_h_is_help_everywhere(ganstudio: Program) -> None:
    assert {"runs show", "export import", "sample"} <= set(EACH)
    for command in ("", *GROUPS, *EACH):
        short = ganstudio(*command.split(), "-h")
        assert short == ganstudio(*command.split(), "--help")
        assert short.code == 0
        assert short.out.startswith("Usage: ganstudio")


def test_an_unknown_command_is_refused_with_the_nearest(ganstudio: Program) -> None:
    ended = ganstudio("trian")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: there is no command 'trian'. Did you mean 'train'?\ntry: ganstudio --help\n"


def test_an_unknown_command_of_a_group_is_refused_with_the_nearest(ganstudio: Program) -> None:
    ended = ganstudio("runs", "lst")
    assert ended.code == 2
    assert "'list'" in ended.err
    assert "try: ganstudio runs --help" in ended.err


def test_an_unknown_option_is_refused_with_the_nearest(ganstudio: Program) -> None:
    ended = ganstudio("train", "dcgan", "--dato", "mnist")
    assert ended.code == 2
    assert ended.err == "error: there is no option --dato. Did you mean '--data'?\ntry: ganstudio train --help\n"


@pytest.mark.parametrize("arguments", ["train", "train dcgan", "train dcgan --data", "presets show a b"])
def test_a_command_line_that_is_not_whole_is_bad_usage(ganstudio: Program, arguments: str) -> None:
    ended = ganstudio(*arguments.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert "\ntry: ganstudio" in ended.err


def test_an_option_s_bad_value_is_bad_usage(ganstudio: Program) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--seed", "x")
    assert ended.code == 2
    assert "--seed" in ended.err


def test_the_workspace_option_may_stand_anywhere(ganstudio: Program, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    make_run(workspace, "here")
    for arguments in (["--workspace", tmp_path, "runs", "show"], ["runs", "show", f"--workspace={tmp_path}"]):
        os.environ["GANSTUDIO_WORKSPACE"] = ""
        assert "here" in ganstudio(*arguments).out


@pytest.mark.parametrize("arguments", [["--workspace"], ["--workspace=", "runs", "list"]])
def test_a_workspace_without_a_folder_is_bad_usage(ganstudio: Program, arguments: list[str]) -> None:
    assert ganstudio(*arguments).code == 2


def test_a_workspace_that_is_no_folder_is_bad_usage(ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("--workspace", tmp_path / "none", "runs", "list")
    assert ended.code == 2
    assert "is not a folder" in ended.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StudioError("it broke", hint="fix it"), 1, "error: it broke\ntry: fix it\n"),
        (TrainingError("it broke"), 1, "error: it broke\n"),
        (RecipeError(["a: wrong.", "b: wrong."]), 2, "error: a: wrong.\n       b: wrong.\n"),
        (Interrupted("left it"), 130, "left it\n"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "error: /x/y: Permission denied.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_printed_without_a_traceback_and_decides_the_exit_code(
    ganstudio: Program, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    fails(monkeypatch, error)
    assert ganstudio("presets", "list") == (code, "", said)


def test_a_fault_of_the_program_says_so_and_how_to_see_more(
    ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, KeyError("x"))
    ended = ganstudio("presets", "list")
    assert ended.code == 1
    assert ended.err == "error: this is a fault of ganstudio: KeyError: 'x'\ntry: ganstudio --debug presets list\n"


def test_debug_shows_the_traceback(ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, StudioError("it broke"))
    ended = ganstudio("--debug", "presets", "list")
    assert "Traceback" in ended.err
    assert ended.err.endswith("error: it broke\n")


def test_a_reader_that_leaves_early_is_met_with_silence() -> None:
    # `head` closes the pipe after the first line of a page that is longer than what a pipe holds.
    command = f"{sys.executable} -m ganstudio presets show dcgan | head -1; for n in 1 2 3; do :; done"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("summary = ")
    assert ended.stderr == ""


CLOSED = """
import os, sys
from ganstudio.cli.app import run
read, write = os.pipe()
os.close(read)
os.dup2(write, 1)
code = run(["presets", "list"])
sys.exit(code)
"""


def test_a_closed_pipe_ends_the_program_quietly() -> None:
    ended = subprocess.run([sys.executable, "-c", CLOSED], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_without_a_terminal_there_is_no_colour(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace)
    for arguments in ("runs list", "runs show", "--help", "nonsense"):
        ended = ganstudio(*arguments.split())
        assert "\x1b" not in ended.out + ended.err
