"""`runs export`, `runs import`, `train --tracker`, and what an imported run refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganstudio.runs import store
from ganstudio.trackers import supervise
from ganstudio.trackers.imports import curves
from ganstudio.trackers.imports.curves import Curves, Point
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program, only_run
from tests.runs.making import make_run, started, tell, tick


@pytest.fixture
def trained(workspace: Workspace) -> Path:
    run = make_run(workspace, "digits-1")
    for event in (started(), tick(1000), tick(2000)):
        fields = dict(event)
        tell(run, fields.pop("event"), fields.pop("nimg"), fields.pop("time_s"), **fields)
    tell(run, "finished", 2000, 20.0, reason="budget")
    return run


@pytest.fixture
def imported(workspace: Workspace) -> str:
    points = [Point("G_loss", 1000 * step, 1e9 + step, 1 / step) for step in (1, 2, 3)]
    return curves.import_run(workspace, Curves("tensorboard", Path("/theirs"), points), "theirs", 1.0).name


def test_export_prints_the_folder_and_says_what_is_new(ganstudio: Program, trained: Path, tmp_path: Path) -> None:
    ended = ganstudio("runs", "export", "digits-1", "--to", "csv")
    assert (ended.code, ended.out) == (0, f"{trained / 'csv'}\n")
    assert "6 numbers" in ended.err
    assert "nothing is new" in ganstudio("runs", "export", "digits-1", "--to", "csv").err
    ended = ganstudio("runs", "export", "digits-1", "--to", "csv", tmp_path / "a" / "b", "--json")
    assert json.loads(ended.out) == {"run": "digits-1", "to": "csv", "path": str(tmp_path / "a" / "b"), "added": 6}


def test_follow_ends_with_a_run_that_is_over(ganstudio: Program, trained: Path) -> None:
    assert ganstudio("runs", "export", "digits-1", "--to", "csv", "--follow").code == 0
    assert (trained / "csv" / "metrics.csv").is_file()


def test_an_unknown_tracker_is_refused_with_the_nearest(ganstudio: Program, trained: Path) -> None:
    ended = ganstudio("runs", "export", "digits-1", "--to", "tensorbord")
    assert ended.code == 2
    assert "Did you mean 'tensorboard'?" in ended.err
    assert "--to tensorboard" in ended.err


@pytest.mark.parametrize("kind", ["tensorboard", "wandb", "mlflow"])
def test_a_tracker_that_is_not_installed_is_named_with_its_extra(
    ganstudio: Program, trained: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for ended in (
        ganstudio("runs", "export", "digits-1", "--to", kind),
        ganstudio("train", "dcgan", "--data", "mnist", "--tracker", kind),
    ):
        assert ended.code == 2
        assert f"pip install 'ganstudio[{kind}]'" in ended.err
    assert [path.name for path in trained.parent.glob("[!.]*")] == ["digits-1"]


def test_a_folder_that_is_a_file_is_refused(ganstudio: Program, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = ganstudio("runs", "export", "digits-1", "--to", "csv", tmp_path / "file")
    assert ended.code == 2
    assert "is no folder" in ended.err


def test_tables_of_another_run_are_not_mixed_with(ganstudio: Program, trained: Path, workspace: Workspace) -> None:
    make_run(workspace, "other-1")
    ganstudio("runs", "export", "digits-1", "--to", "csv", workspace.root / "out")
    ended = ganstudio("runs", "export", "other-1", "--to", "csv", workspace.root / "out")
    assert ended.code == 2
    assert "is not of other-1" in ended.err


COMMANDS = ("runs resume", "runs fork", "runs stop", "runs pause", "runs snapshot", "export onnx", "diagnose")


@pytest.mark.parametrize("command", [*COMMANDS, "runs export --to csv", "sample --seed 1 --model", "runs evaluate"])
def test_an_imported_run_is_looked_at_alone(ganstudio: Program, imported: str, command: str) -> None:
    ended = ganstudio(*command.split(), imported)
    assert ended.code == 2
    assert "theirs is imported" in ended.err


def test_no_training_begins_with_an_imported_run(ganstudio: Program, imported: str) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--from", imported)
    assert ended.code == 2
    assert "theirs is imported" in ended.err


def test_an_imported_run_stands_beside_ours(ganstudio: Program, imported: str, trained: Path) -> None:
    assert "imported" in ganstudio("runs", "list").out
    assert "imported from tensorboard: /theirs" in ganstudio("runs", "show", imported).out
    assert "theirs" in ganstudio("runs", "plot", "digits-1", imported).out
    compared = json.loads(ganstudio("runs", "compare", "digits-1", imported, "--json").out)
    assert [run["state"] for run in compared["runs"]] == ["finished", "imported"]
    assert (compared["differing"], compared["equal"]) == ({}, 0)
    assert ganstudio("runs", "remove", imported, "--yes").code == 0


def test_import_names_what_is_wrong(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    for arguments, words in (
        (["--from", "tensorbord", tmp_path], "Did you mean 'tensorboard'?"),
        (["--from", "tensorboard", tmp_path / "no"], "there is no such folder"),
        (["--from", "tensorboard", tmp_path, "--step-images", "0"], "a number above 0"),
        (["--from", "tensorboard", tmp_path, "--name", "../x"], "--name"),
    ):
        ended = ganstudio("runs", "import", *arguments)
        assert ended.code == 2
        assert words in ended.err


def test_train_starts_trackers_that_end_with_it_and_start_again_with_a_resume(
    ganstudio: Program, worker: Course, workspace: Workspace
) -> None:
    worker("die")
    assert ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "3", "--tracker", "csv", "--queue").code == 1
    run = only_run(workspace)
    wait_for_trackers()
    (run.path / "checkpoints" / "0000001000.pt").touch()
    worker("finish")
    assert ganstudio("runs", "resume", run.id).code == 0
    wait_for_trackers()
    metrics = (run.path / "csv" / "metrics.csv").read_text()
    steps = [line.partition(",")[0] for line in metrics.splitlines() if "losses.d" in line]
    assert steps == ["1000", "2000", "3000"]
    assert str(run.path / "csv") in (run.path / supervise.log_name("csv")).read_text()


def test_a_tracker_that_fails_is_told_in_its_own_log_alone(
    ganstudio: Program, worker: Course, workspace: Workspace
) -> None:
    worker("finish")
    run = make_run(workspace, "digits-1")
    (run / "csv").touch()  # where its folder was to be
    supervise.keep_kinds(run, ["csv"])
    assert ganstudio("runs", "resume", "digits-1").code == 0
    wait_for_trackers()
    assert store.view(run).status == "finished"
    assert "csv" in (run / supervise.log_name("csv")).read_text()
    assert "csv" not in (run / "log.txt").read_text()


def wait_for_trackers() -> None:
    while supervise._children:
        supervise._children.pop().wait(60)


@pytest.mark.parametrize("flag", ["--prepare", "--sweep=seed=0,1"])
def test_a_run_that_is_not_started_alone_has_no_tracker(ganstudio: Program, workspace: Workspace, flag: str) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--tracker", "csv", flag)
    assert ended.code == 2
    assert "--tracker" in ended.err
    assert not list(workspace.runs.glob("*"))


def test_a_killed_tracker_goes_on_where_it_was(ganstudio: Program, workspace: Workspace) -> None:
    run = make_run(workspace, "digits-1")
    tell(run, "started", 0, 0.0)
    from ganstudio.runs import process

    process.write_process(run, os.getpid())  # it is live as long as this test is
    tell(run, "tick", 1000, 10.0, losses={"d": 0.5})
    command = [sys.executable, "-m", "ganstudio", "runs", "export", "digits-1", "--to", "csv", "--follow"]
    tracker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    table = run / "csv" / "metrics.csv"
    while not (table.is_file() and "losses.d" in table.read_text()):
        assert tracker.poll() is None
        time.sleep(0.02)
    tracker.kill()
    tracker.wait()
    tell(run, "tick", 2000, 20.0, losses={"d": 0.4})
    tell(run, "finished", 2000, 20.0, reason="budget")
    assert ganstudio("runs", "export", "digits-1", "--to", "csv", "--follow").code == 0
    assert [line.split(",")[0] for line in table.read_text().splitlines()[1:]] == ["1000", "2000"]
