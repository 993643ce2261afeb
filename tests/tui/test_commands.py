"""The commands that the dashboard starts: what they may load, and how what went wrong with them is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.commands import Outcome, RunningCommand
from ganstudio.runs.architecture_options import describe
from ganstudio.workspace import Workspace
from tests.inference.generators import write_proved

FAILED = {"error": "UsageError", "message": "there is no run 'x'.", "hint": "ganstudio runs list", "details": None}
# one of each kind: it reads, it tells its progress, it draws; and TRIAL, which starts a worker of its own
COMMANDS = (
    ("runs", "list", "--json"),
    ("data", "check", "animals", "--json"),
    ("sample", "--model", "digits", "--seed", "0", "--out", "drawn.png", "--json"),
)
TRIAL = ("train", "dcgan", "--data", "animals", "--set", "training.batch=8", "--dry-run", "--json")


@pytest.fixture
def poisoned(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the user stands in, with files that say it when they are loaded."""
    for name in ("typer", "json", "torch", "numpy", "ganstudio"):
        (workspace.root / f"{name}.py").write_text(f"open({str(workspace.root / 'loaded')!r}, 'a').write({name!r})")
    monkeypatch.chdir(workspace.root)
    return workspace.root


@pytest.mark.parametrize("arguments", [*COMMANDS, pytest.param(TRIAL, marks=pytest.mark.slow)])
def test_a_command_loads_nothing_from_the_folder_the_user_stands_in(
    workspace: Workspace, packed: None, poisoned: Path, arguments: tuple[str, ...]
) -> None:
    write_proved(workspace.exports / "digits.onnx") if arguments[0] == "sample" else None
    outcome = RunningCommand(workspace, arguments, reports_progress=arguments[0] == "data").wait()
    assert not (poisoned / "loaded").exists()
    assert outcome.code == 0, outcome.stderr
    outcome.json()


def test_an_architecture_is_described_by_nothing_from_the_folder_the_user_stands_in(poisoned: Path) -> None:
    assert describe("mlp").keys() >= {"recipe", "options"}
    assert not (poisoned / "loaded").exists()


def test_an_error_that_is_no_object_is_shown_as_it_was_said() -> None:
    assert Outcome(1, "", "Killed").error == "Killed"
    assert Outcome(1, "", "Killed").hint == ""


def test_a_command_that_says_nothing_is_told_of_by_its_code() -> None:
    assert Outcome(137, "", "").error == "it ended with code 137 and no word"
    assert Outcome(0, "", "", FAILED).error == ""
