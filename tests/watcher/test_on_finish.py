from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.runs.record import NAME, load_record
from ganstudio.runs.state import RunState, ScoreAt
from ganstudio.watcher.end import End
from ganstudio.watcher.messages import end_message
from ganstudio.watcher.on_finish import LOG, run_command, variables
from ganstudio.workspace import Workspace
from tests.runs.making import make_run

HOSTILE = "$(touch pwned); `touch pwned`\n\x1b]0;x\x07\0\ud800"
FAILED = RunState(
    phase="failed",
    nimg=6400,
    elapsed_s=61.4,
    checkpoint="checkpoints/0000006400.pt",
    scores={"FD[lenet]-5k": ScoreAt(21.75, 6400)},
    error={"type": "TrainingError", "message": HOSTILE, "hint": None, "exit_code": 1},
    started=True,
)


@pytest.fixture
def run(workspace: Workspace) -> Path:
    """A run whose record, edited by somebody, has a hostile name."""
    path = make_run(workspace, "a")
    record = json.loads((path / NAME).read_text())
    (path / NAME).write_text(json.dumps(record | {"name": HOSTILE}))
    return path


def last_words(run: Path, command: str, folder: str | None = None) -> list[str]:
    """What the log of the command holds, without the times."""
    run_command(command, run, load_record(run / NAME), End("failed", FAILED), folder)
    lines = (run / LOG).read_text().splitlines()
    return [line.partition("] ")[2] if line.startswith("[2") else line for line in lines]


def test_its_output_and_its_exit_status_are_in_the_log_and_the_command_is_not(run: Path) -> None:
    first, *output, last = last_words(run, "echo out; echo err >&2; SECRET=1; exit 3")
    assert first == "a failed (error); the command of --on-finish begins"
    assert output == ["out", "err"]
    assert last.startswith("the command ended: exit status 3, after ")
    assert all(b"SECRET" not in file.read_bytes() for file in run.rglob("*") if file.is_file())


def test_a_command_that_was_killed_says_by_what(run: Path) -> None:
    assert "killed by SIGKILL" in last_words(run, "kill -9 $$")[-1]


def test_values_come_by_the_environment_and_are_never_read_by_the_shell(run: Path, tmp_path: Path) -> None:
    stand = tmp_path / "stand"
    stand.mkdir()
    said = last_words(
        run, 'echo $GANSTUDIO_RUN_ERROR; eval echo "$GANSTUDIO_RUN $GANSTUDIO_RUN_STATE"; pwd', str(stand)
    )
    assert "a failed" in said
    assert str(stand) in said
    assert list(stand.iterdir()) == []


def test_where_the_folder_is_gone_it_runs_in_the_run_s(run: Path, tmp_path: Path) -> None:
    assert str(run) in last_words(run, "pwd", str(tmp_path / "gone"))


def test_the_values(run: Path, workspace: Workspace) -> None:
    values = variables(run, load_record(run / NAME), End("failed", FAILED))
    assert "\0" not in values.pop("GANSTUDIO_RUN_ERROR")
    assert values == {
        "GANSTUDIO_WORKSPACE": str(workspace.root),
        "GANSTUDIO_RUN": "a",
        "GANSTUDIO_RUN_PATH": str(run),
        "GANSTUDIO_RUN_STATE": "failed",
        "GANSTUDIO_RUN_REASON": "error",
        "GANSTUDIO_RUN_NIMG": "6400",
        "GANSTUDIO_RUN_SECONDS": "61",
        "GANSTUDIO_RUN_SCORE": "21.75",
        "GANSTUDIO_RUN_SCORE_NAME": "FD[lenet]-5k",
        "GANSTUDIO_RUN_CHECKPOINT": str(run / "checkpoints/0000006400.pt"),
    }


def test_a_message_on_the_end_has_the_facts_and_no_path(run: Path) -> None:
    message = end_message(load_record(run / NAME), End("failed", FAILED))
    assert message["text"].startswith("a failed: 6.4 kimg in 1:01 · $(touch pwned)")
    facts = {key: message[key] for key in ("event", "severity", "state", "reason", "run", "nimg", "scores")}
    assert facts == {
        "event": "ended",
        "severity": "error",
        "state": "failed",
        "reason": "error",
        "run": "a",
        "nimg": 6400,
        "scores": {"FD[lenet]-5k": 21.75},
    }
    assert str(run.parent) not in json.dumps(message)
