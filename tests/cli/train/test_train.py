from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.runs import process, store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program, only_run
from tests.cli.terminal import DRIVER
from tests.runs.test_store import RUN_KEYS

pytestmark = pytest.mark.usefixtures("no_worker_left")
SMALL = ("--set", "training.batch=8", "--kimg", "6")


def test_a_training_prints_its_id_alone_on_stdout(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--seed", "7", "--minutes", "5")
    assert (ended.code, ended.out) == (0, "dcgan-photos-1\n")
    assert "note: a fake\n" in ended.err
    assert "finished: 6.0 kimg" in ended.err
    run = only_run(workspace)
    assert run.status == "finished"
    assert (run.record.preset, run.record.seed, run.record.minutes) == ("dcgan", 7, 5.0)
    assert run.record.recipe["training"]["batch"] == 8
    assert (run.record.data["count"], run.record.data["resolution"], run.record.data["channels"]) == (40, 32, 3)
    assert Path(run.record.data["path"]).is_dir()


def test_json_is_the_run_at_its_end(ganstudio: Program, worker: Course, workspace: Workspace, photos: Path) -> None:
    answer = json.loads(ganstudio("train", "dcgan", "--data", photos, *SMALL, "--json").out)
    assert list(answer) == RUN_KEYS
    assert (answer["state"], answer["nimg"]) == ("finished", 6000)
    assert answer["best"] == {"score": 15.0, "nimg": 6000, "better": "lower"}


def test_detach_returns_while_the_run_trains(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--detach", "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["state"] in ("queued", "running")
    assert ganstudio("runs", "stop").out == "dcgan-photos-1\n"
    assert only_run(workspace).status == "stopped"


def test_epochs_set_the_length_in_passes_over_the_data(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    ganstudio("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--epochs", "50")
    assert only_run(workspace).record.kimg_total == 2.0


def test_a_nan_fails_the_run_and_names_loss_and_step(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    worker("nan")
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL)
    assert (ended.code, ended.out) == (1, "dcgan-photos-1\n")
    assert "error: dcgan-photos-1: the loss is NaN (loss d, step 16)\n" in ended.err
    assert "try: ganstudio runs logs dcgan-photos-1\n" in ended.err
    assert only_run(workspace).status == "failed"


def test_a_worker_that_is_gone_shows_the_end_of_its_log(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    worker("die")
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["state"] == "crashed"
    assert "Killed by a test" in ended.err
    assert json.loads(ended.err.splitlines()[-1])["hint"] == "ganstudio runs resume dcgan-photos-1"


def test_a_run_that_its_worker_refuses_is_bad_input_and_leaves_nothing(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    worker("refuse")
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL)
    assert (ended.code, ended.out, ended.err) == (2, "", "error: data.resolution: got 33.\n")
    assert store.list_runs(workspace) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dcgen", "--data", "PHOTOS"], "Did you mean 'dcgan'?"),
        (
            ["dcgan", "--data", "PHOTOS", "--set", "training.batch=64"],
            "at most the 40 images of photos; got 64. Nearest: 40.",
        ),
        (
            ["dcgan", "--data", "PHOTOS", "--set", "training.batch=48", "--set", "training.micro_batch=12"],
            "Nearest: 36.",
        ),
        (["dcgan", "--data", "PHOTOS", "--kimg", "1", "--epochs", "1"], "give one"),
        (["dcgan", "--data", "PHOTOS", "--kimg", "0"], "--kimg must be more than 0"),
        (["dcgan", "--data", "PHOTOS", "--minutes", "nan"], "--minutes must be more than 0"),
        (["dcgan", "--data", "PHOTOS", "--device", "gpu"], "--device gpu: no such device."),
        (["dcgan", "--data", "PHOTOS", "--set", "training.bach=8"], "Did you mean 'training.batch'?"),
        (["dcgan", "--data", "PHOTOS", "--set", "training.batch=x", "--set", "data.mirror=2"], "data.mirror"),
        (["dcgan", "--data", "PHOTOS", *SMALL, "--name", "a/b"], "--name 'a/b'"),
        (["dcgan", "--data", "nowhere", *SMALL], "nowhere"),
        (["./none.py", "--data", "PHOTOS"], "none.py: No such file"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    ganstudio: Program, workspace: Workspace, photos: Path, arguments: list[str], said: str
) -> None:
    ended = ganstudio("train", *(str(photos) if argument == "PHOTOS" else argument for argument in arguments))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not workspace.runs.exists() or not any(workspace.runs.iterdir())


def test_one_image_is_refused(ganstudio: Program, workspace: Workspace, photos: Path) -> None:
    for file in sorted(photos.iterdir())[1:]:
        file.unlink()
    ended = ganstudio("train", "dcgan", "--data", photos)
    assert ended.code == 2
    assert "at least 2" in ended.err


def test_a_name_taken_twice_is_refused(ganstudio: Program, worker: Course, workspace: Workspace, photos: Path) -> None:
    assert ganstudio("train", "dcgan", "--data", photos, *SMALL, "--name", "mine").out == "mine\n"
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--name", "mine")
    assert (ended.code, ended.out) == (2, "")
    assert "Free: mine-2." in ended.err


def test_two_trainings_started_at_once_are_two_runs(workspace: Workspace, photos: Path) -> None:
    command = [sys.executable, str(DRIVER), "train", "dcgan", "--data", str(photos), *SMALL]
    environment = {**os.environ, "PYTHONPATH": str(DRIVER.parents[2])}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    names = sorted(child.communicate()[0].strip() for child in both)
    assert [child.returncode for child in both] == [0, 0]
    assert names == ["dcgan-photos-1", "dcgan-photos-2"]


def test_a_full_disk_is_said_and_leaves_no_run(
    ganstudio: Program, workspace: Workspace, photos: Path, worker: Course
) -> None:
    assert ganstudio("train", "dcgan", "--data", photos, *SMALL).code == 0
    store.remove(only_run(workspace).path)

    def fill_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, str(DRIVER), "train", "dcgan", "--data", str(photos), *SMALL]
    environment = {**os.environ, "PYTHONPATH": str(DRIVER.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        command, env=environment, preexec_fn=fill_disk, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cannot be written: File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in workspace.runs.iterdir()] == [".ids"]


def test_a_workspace_that_cannot_be_written_is_said(ganstudio: Program, workspace: Workspace, photos: Path) -> None:
    workspace.runs.write_text("a file where the folder should be")
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL)
    assert ended.code == 1
    assert "cannot be written" in ended.err


def test_a_worker_that_cannot_be_started_leaves_no_run(
    ganstudio: Program, workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "worker_command", lambda *_: ["/nonexistent/python"])
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL)
    assert ended.code == 1
    assert "the worker cannot be started" in ended.err
    assert store.list_runs(workspace) == []


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Every question that was put to the worker; `describe` and `dry-run` are answered."""
    asked: list[tuple[str, ...]] = []

    def answer(verb: str, *arguments: str) -> dict[str, Any]:
        asked.append((verb, *arguments))
        if verb == "describe":
            return {"id": "my_gan", "summary": "Mine.", "recipe": {"architecture": {"id": "my_gan"}}, "options": {}}
        if verb == "options":
            return {"ok": True}
        record = json.loads(Path(arguments[0]).read_text())
        assert record["id"] == "dry-run"
        numbers = {"generator": 1234567, "critic": 89}
        found = {"device": "cpu", "precision": "bf16", "parameters": numbers, "notes": ["batch norm"], "ok": True}
        return {**found, "batch": 8, "micro_batch": None}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return asked


def test_a_dry_run_says_what_would_be_done_and_makes_no_run(
    ganstudio: Program, workspace: Workspace, photos: Path, answers: list[tuple[str, ...]]
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--dry-run")
    assert ended.code == 0
    assert "cpu, bf16" in ended.out
    assert "1,234,567  generator" in ended.out
    assert ended.err == "note: batch norm\n"
    assert not workspace.runs.exists()
    assert not Path(answers[-1][1]).exists()


def test_a_dry_run_in_json_is_the_worker_s_answer(
    ganstudio: Program, workspace: Workspace, photos: Path, answers: list[tuple[str, ...]]
) -> None:
    answer = json.loads(ganstudio("train", "dcgan", "--data", photos, *SMALL, "--dry-run", "--json").out)
    assert answer["parameters"] == {"generator": 1234567, "critic": 89}


CODE = "ARCHITECTURE = 'mine'\n"


def test_a_file_of_the_user_s_own_is_copied_with_its_hash(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, tmp_path: Path, answers: list[Any]
) -> None:
    (tmp_path / "my_gan.py").write_text(CODE)
    ended = ganstudio("train", tmp_path / "my_gan.py", "--data", photos, *SMALL)
    assert ended.out == "my_gan-photos-1\n"
    run = only_run(workspace)
    assert (run.path / "architecture.py").read_text() == CODE
    assert run.record.architecture_sha256 == hashlib.sha256(CODE.encode()).hexdigest()
    assert run.record.preset == "my_gan"
    assert run.record.recipe["architecture"]["id"] == "my_gan"


def test_a_file_that_came_with_a_run_needs_trust(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, tmp_path: Path, answers: list[Any]
) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "run.json").write_text("{}")
    (foreign / "architecture.py").write_text(CODE)
    ended = ganstudio("train", foreign / "architecture.py", "--data", photos, *SMALL)
    assert ended.code == 2
    assert ended.err.endswith(" --trust\n")
    assert answers == []
    assert ganstudio("train", foreign / "architecture.py", "--data", photos, *SMALL, "--trust").code == 0


def test_what_the_worker_finds_wrong_with_a_file_is_bad_input(
    ganstudio: Program, workspace: Workspace, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> None:
        raise UsageError("my_gan.py, line 1: NameError")

    monkeypatch.setattr(bridge, "call_worker", refuse)
    (tmp_path / "my_gan.py").write_text("boom\n")
    ended = ganstudio("train", tmp_path / "my_gan.py", "--data", photos)
    assert (ended.code, ended.err) == (2, "error: my_gan.py, line 1: NameError\n")
