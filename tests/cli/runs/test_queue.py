from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.runs import process, requests, store
from ganstudio.runs.queue import tickets
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Ended, Program
from tests.cli.terminal import Terminal
from tests.runs.making import STARTED, make_run, tell

pytestmark = pytest.mark.usefixtures("no_worker_left")
SMALL = ("--set", "training.batch=8", "--kimg", "3")


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[str]:
    """The name of a run of another workspace, which this very process holds the CPU and a GPU for."""
    tickets.take(tmp_path / "elsewhere", ("cpu", "cuda:0"), "alone")
    yield "elsewhere"
    tickets.leave(tmp_path / "elsewhere")


def train(ganstudio: Program, photos: Path, *arguments: str) -> Ended:
    return ganstudio("train", "dcgan", "--data", photos, *SMALL, *arguments)


def test_a_busy_cpu_keeps_nobody_waiting(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, holder: str
) -> None:
    assert train(ganstudio, photos, "--device", "cpu").code == 0


def test_a_busy_gpu_is_refused_and_leaves_no_run(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, holder: str
) -> None:
    ended = train(ganstudio, photos, "--device", "cuda:0")
    assert (ended.code, ended.out) == (2, "")
    assert f"cuda:0 is busy: elsewhere trains there (pid {os.getpid()}, " in ended.err
    assert " --queue   # waits its turn; --share trains beside it" in ended.err
    assert store.list_runs(workspace) == []


def test_a_run_that_shares_starts_on_a_busy_gpu(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, holder: str
) -> None:
    assert train(ganstudio, photos, "--device", "cuda:0", "--share").code == 0


@pytest.mark.parametrize("command", ["train", "resume"])
def test_to_wait_and_to_share_is_bad_usage(
    ganstudio: Program, workspace: Workspace, photos: Path, command: str
) -> None:
    make_run(workspace)
    arguments = ["train", "dcgan", "--data", photos] if command == "train" else ["runs", "resume"]
    ended = ganstudio(*arguments, "--queue", "--share")
    assert (ended.code, ended.out) == (2, "")
    assert "give one" in ended.err


def test_a_queued_run_is_listed_with_its_place_and_stopped_without_a_checkpoint(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, holder: str
) -> None:
    assert train(ganstudio, photos, "--device", "cpu", "--queue", "--detach").out == "dcgan-photos-1\n"
    assert "queued (1 ahead)" in ganstudio("runs", "list").out
    assert "for elsewhere" in ganstudio("runs", "show").out
    ended = ganstudio("runs", "stop")
    assert (ended.code, ended.out) == (0, "dcgan-photos-1\n")
    assert "leaves the line" in ended.err
    run = store.find(workspace)
    assert (run.status, run.state.checkpoint) == ("stopped", None)


def test_a_crashed_run_is_resumed_in_line(
    ganstudio: Program, worker: Course, workspace: Workspace, holder: str
) -> None:
    path = make_run(workspace, device="cuda:0")
    tell(path, "started", **STARTED)
    tell(path, "tick", 97_500, 97.5, losses={"d": 0.5}, img_per_s=9.0)
    (path / "checkpoints" / "0000095000.pt").touch()
    refused = ganstudio("runs", "resume")
    assert refused.code == 2
    assert "cuda:0 is busy" in refused.err
    assert store.view(path).status == "crashed"
    assert ganstudio("runs", "resume", "--queue", "--detach").code == 0
    view = store.view(path)
    assert (view.status, view.state.nimg, view.state.ahead) == ("queued", 97_500, ("elsewhere",))
    requests.post(path, "stop")


def test_a_follower_is_told_who_is_waited_for_and_when_the_turn_has_come(
    worker: Course, workspace: Workspace, photos: Path, tmp_path: Path, holder: str
) -> None:
    arguments = ("train", "dcgan", "--data", photos, *SMALL, "--queue")
    with Terminal(*arguments) as terminal:
        terminal.wait_for("waits for elsewhere")
        tickets.leave(tmp_path / holder)
        assert terminal.ended() == 0
    assert "dcgan-photos-1 finished: 3.0 kimg" in terminal.text


def test_a_follower_of_a_run_that_was_stopped_in_line_is_told_how_to_go_on(
    worker: Course, workspace: Workspace, photos: Path, holder: str
) -> None:
    with Terminal("train", "dcgan", "--data", photos, *SMALL, "--queue") as terminal:
        terminal.wait_for("waits for elsewhere")
        requests.post(store.find(workspace).path, "stop")
        assert terminal.ended() == 0
    assert "next: ganstudio runs resume dcgan-photos-1" in terminal.text


def test_a_prepared_run_has_no_worker_and_says_what_to_type(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    ended = train(ganstudio, photos, "--prepare", "--gpus", "4")
    assert (ended.code, ended.out) == (0, "dcgan-photos-1\n")
    run = store.find(workspace)
    line = "--nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-id dcgan-photos-1 --rdzv-endpoint HOST:29400"
    assert f"torchrun {line} -m ganstudio.engine.worker train {run.path}\n" in ended.err
    assert (run.status, run.pid) == ("prepared", None)
    assert "prepared" in ganstudio("runs", "list").out
    assert ganstudio("runs", "stop").code == 2


def test_a_prepared_run_can_be_trained_here(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path
) -> None:
    train(ganstudio, photos, "--prepare")
    assert ganstudio("runs", "resume").code == 0
    assert store.find(workspace).status == "finished"


@pytest.mark.parametrize("flags", [("--queue",), ("--share",), ("--sweep", "seed=0,1")])
def test_a_run_that_is_only_prepared_is_not_started_in_some_way(
    ganstudio: Program, workspace: Workspace, photos: Path, flags: tuple[str, ...]
) -> None:
    ended = train(ganstudio, photos, "--prepare", *flags)
    assert ended.code == 2
    assert f"leave {flags[0]} out" in ended.err
    assert not workspace.runs.exists()


def test_a_killed_front_end_leaves_the_run_in_line(
    worker: Course, workspace: Workspace, photos: Path, tmp_path: Path, holder: str
) -> None:
    with Terminal("train", "dcgan", "--data", photos, *SMALL, "--queue") as terminal:
        terminal.wait_for("waits for elsewhere")
        os.kill(terminal._process.pid, signal.SIGKILL)
    path = store.find(workspace).path
    assert store.view(path).status == "queued"
    tickets.leave(tmp_path / holder)
    while process.alive(path):
        pass
    assert store.view(path).status == "finished"
