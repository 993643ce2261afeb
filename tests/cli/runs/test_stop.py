"""`runs stop` of workers that do not answer: suspended, deaf to signals, with children in sessions of their own."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ganstudio import bridge
from ganstudio.runs import checkpoints, events, process, requests, stop, store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program
from tests.runs.making import STARTED, make_run, tell

pytestmark = pytest.mark.usefixtures("no_worker_left")

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
# As torchrun: each child has a session of its own, and the first of them is the one that the run knows.
LAUNCHER = """
import os, pathlib, subprocess, sys, time
run, code = pathlib.Path(sys.argv[1]), sys.argv[2]
child = "import os, pathlib, subprocess, sys; from ganstudio.runs import process; " \\
    "rank = sys.argv[1]; run = pathlib.Path(sys.argv[2]); process.write_process(run) if rank == '0' else None; " \\
    "(run / f'rank{rank}').write_text(str(os.getpid())); " + code
for rank in "01":
    subprocess.Popen([sys.executable, "-c", child, rank, str(run)], start_new_session=True)
time.sleep(60)
"""


@pytest.fixture
def deaf(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose worker hears neither requests nor SIGTERM."""
    monkeypatch.setattr(process, "worker_command", lambda *_: [sys.executable, "-c", DEAF])
    return begun(workspace)


def begun(workspace: Workspace, name: str = "a") -> Path:
    path = make_run(workspace, name)
    process.spawn(path, store.view(path).record)
    until(lambda: "deaf" in (path / "log.txt").read_text())
    tell(path, "started", **STARTED)
    return path


def until(true: object) -> None:
    deadline = time.monotonic() + 20
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline


def elsewhere(workspace: Workspace) -> Path:
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED)
    process.write_process(path)
    table = json.loads((path / process.NAME).read_text())
    (path / process.NAME).write_text(json.dumps({**table, "host": "node7"}))
    return path


def test_a_worker_that_does_not_answer_is_given_up_and_kill_is_named(ganstudio: Program, deaf: Path) -> None:
    ended = ganstudio("runs", "stop", "a", "--wait", "0.2")
    assert (ended.code, ended.out) == (1, "")
    assert "a has not stopped: its process" in ended.err
    assert "try: ganstudio runs stop a --kill" in ended.err
    assert store.view(deaf).status == "stopping"


def test_kill_ends_what_ignores_sigterm_and_the_run_can_be_removed(ganstudio: Program, deaf: Path) -> None:
    pid = store.view(deaf).pid
    assert pid
    ended = ganstudio("runs", "stop", "a", "--kill", "--wait", "0.2", "--json")
    assert ended.code == 0
    answer = json.loads(ended.out)
    assert (answer["state"], answer["reason"], answer["pid"]) == ("stopped", "kill", None)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert not requests.pending(deaf, "stop")
    assert ganstudio("runs", "remove", "a", "--yes").out == "a\n"


def test_kill_lets_a_worker_that_listens_write_its_checkpoint(
    ganstudio: Program, workspace: Workspace, worker: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STEP_S", "0.05")
    path = make_run(workspace, "a")
    process.spawn(path, store.view(path).record)
    until(lambda: store.view(path).state.started)
    ended = ganstudio("runs", "stop", "--kill")
    assert (ended.code, ended.out) == (0, "a\n")
    view = store.view(path)
    assert view.status == "stopped"
    assert view.state.reason in ("stop", "kill")  # the fake one obeys requests; SIGTERM may be quicker


def test_a_suspended_worker_is_told_as_such_and_not_waited_for(ganstudio: Program, deaf: Path) -> None:
    pid = store.view(deaf).pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    until(lambda: stop.suspended(pid))
    ended = ganstudio("runs", "stop", "a")
    assert ended.code == 1
    assert f"its process {pid} is suspended" in ended.err
    assert f"kill -CONT {pid}" in ended.err
    paused = ganstudio("runs", "pause", "a")
    assert paused.code == 2  # it stops already
    requests.clear(deaf)
    paused = ganstudio("runs", "pause", "a")
    assert (paused.code, requests.poll(deaf)) == (1, [])
    assert f"a did not pause: its process {pid} is suspended" in paused.err
    assert ganstudio("runs", "stop", "a", "--kill", "--wait", "0.2").code == 0
    assert store.view(deaf).status == "stopped"


def test_live_commands_give_up_on_a_worker_that_does_not_answer(
    ganstudio: Program, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganstudio.cli.runs.live.ANSWER_S", 0.2)
    ended = ganstudio("runs", "snapshot", "a")
    assert (ended.code, requests.poll(deaf)) == (1, [])
    assert "try: ganstudio runs stop a --kill" in ended.err


@pytest.fixture
def launched(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = make_run(workspace, "a", processes=2)
    command = [sys.executable, "-c", LAUNCHER, str(path), DEAF, bridge.WORKER]
    monkeypatch.setattr(process, "worker_command", lambda *_: command)
    process.spawn(path, store.view(path).record)
    until(lambda: (path / "log.txt").read_text().count("deaf") == 2)
    yield path
    for rank in (path / "rank0", path / "rank1"):
        if psutil.pid_exists(pid := int(rank.read_text())):
            os.kill(pid, signal.SIGKILL)


def test_the_launcher_and_all_its_children_die_too(ganstudio: Program, launched: Path) -> None:
    ranks = [int((launched / f"rank{rank}").read_text()) for rank in (0, 1)]
    assert store.view(launched).pid == ranks[0]
    members = stop.process_family(ranks[0])
    assert {one.pid for one in members} > set(ranks)
    assert ganstudio("runs", "stop", "a", "--kill", "--wait", "0.2").code == 0
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in members)


def test_a_run_of_another_machine_is_asked_there_and_killed_there(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = elsewhere(workspace)
    asked = ganstudio("runs", "stop", "a", "--wait", "0")
    assert asked.code == 1
    assert "a: stops after this step on node7, with a checkpoint" in asked.err
    assert "try: ganstudio runs stop a --kill   # on node7" in asked.err
    assert requests.pending(path, "stop")
    killed = ganstudio("runs", "stop", "a", "--kill")
    assert killed.code == 2
    assert "a: trains on node7" in killed.err
    assert f"try: ssh node7 ganstudio --workspace {workspace.root} runs stop a --kill" in killed.err


@pytest.mark.usefixtures("data_unread")
def test_a_sweep_is_killed_as_one_and_resumed_as_one(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "worker_command", lambda *_: [sys.executable, "-c", DEAF])
    paths = [make_run(workspace, f"s-{n}", group="s", sweep={"seed": n}, device="cpu") for n in (1, 2)]
    finished = make_run(workspace, "s-3", group="s", sweep={"seed": 3})
    tell(finished, "started", **STARTED)
    tell(finished, "finished", 100_000, 60.0, reason="budget")
    resumed = ganstudio("runs", "resume", "s", "--json")
    assert resumed.code == 0
    answer = json.loads(resumed.out)
    assert (answer["group"], [run["id"] for run in answer["runs"]]) == ("s", ["s-1", "s-2"])
    assert answer["runs"][1]["ahead"] == ["s-1"]
    assert "2 of 3 runs go on" in resumed.err
    killed = json.loads(ganstudio("runs", "stop", "s", "--kill", "--wait", "2", "--json").out)
    assert (killed["group"], [run["state"] for run in killed["runs"]]) == ("s", ["stopped", "stopped"])
    assert not any(process.alive(path) for path in paths)


def test_a_sweep_of_which_none_can_go_on_is_refused(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "s-1", group="s", sweep={"seed": 1})
    tell(path, "started", **STARTED)
    tell(path, "finished", 100_000, 60.0, reason="budget")
    ended = ganstudio("runs", "resume", "s")
    assert (ended.code, ended.out) == (2, "")
    assert "s: none of its 1 runs can go on. s-1 has trained its 100 kimg." in ended.err


@pytest.mark.parametrize(
    ("given", "said"),
    [(("--kill", "--no-wait"), "leave --no-wait out"), (("--wait", "-1"), "from 0"), (("--wait", "nan"), "from 0")],
)
def test_ways_to_stop_that_make_no_sense_are_refused(
    ganstudio: Program, workspace: Workspace, given: tuple[str, ...], said: str
) -> None:
    ended = ganstudio("runs", "stop", *given)
    assert ended.code == 2
    assert said in ended.err


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    ganstudio: Program, workspace: Workspace, worker: Course
) -> None:
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED)
    tell(path, "tick", 97_000, 97.0, losses={"d": 0.5}, img_per_s=9.0)
    (checkpoints.folder(path) / "0000096000.pt").touch()
    tell(path, "finished", 97_000, 97.0, reason="kill")
    assert store.view(path).status == "stopped"
    assert json.loads(ganstudio("runs", "resume", "--json").out)["state"] == "finished"
    assert any(event.get("nimg") == 96_000 for event in events.read_events(path / events.NAME)[0])
