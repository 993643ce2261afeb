from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import events, process, process_identity, requests, store
from ganstudio.runs.queue import tickets
from ganstudio.runs.queue.tickets import Manner
from ganstudio.workspace import Workspace
from tests.runs.making import DRAFT, make_run

GPU = ("cuda:0",)
REPO = Path(__file__).parents[3]
PATIENCE_S = 30.0

HOLD = """
import sys, time
from pathlib import Path
from ganstudio.runs.queue import tickets
try:
    print(*tickets.take(Path(sys.argv[1]), sys.argv[3:], sys.argv[2]), flush=True)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
time.sleep(60)
"""


class Holder:
    """A process of its own that takes a ticket for a run and keeps it until it is killed."""

    def __init__(self, run: Path, manner: Manner, *devices: str) -> None:
        self.run = run
        command = [sys.executable, "-c", HOLD, str(run), manner, *devices]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(REPO)}, **pipes)

    def told(self) -> list[str]:
        """The names of the runs that it must wait for."""
        return self.process.stdout.readline().split()  # type: ignore[union-attr]

    def refusal(self) -> str:
        return self.process.communicate()[1].strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


Hold = Callable[..., Holder]


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    holders: list[Holder] = []

    def make(name: str, manner: Manner = "alone", *devices: str) -> Holder:
        holders.append(Holder(tmp_path / name, manner, *(devices or GPU)))
        return holders[-1]

    yield make
    for holder in holders:
        holder.kill()


def names(run: Path) -> list[str]:
    return [ticket.run.name for ticket in tickets.ahead(run)]


@pytest.mark.parametrize(
    ("wanted", "busy", "manner", "decision"),
    [
        (GPU, False, "alone", "start"),
        (GPU, True, "alone", "refuse"),
        (GPU, True, "queue", "wait"),
        (GPU, False, "queue", "start"),
        (GPU, True, "share", "start"),
        (("mps",), True, "alone", "refuse"),
        (("cpu",), True, "alone", "start"),
        (("cpu",), True, "queue", "wait"),
        (("cpu",), True, "share", "start"),
    ],
)
def test_a_busy_gpu_refuses_and_a_busy_cpu_does_not(
    wanted: tuple[str, ...], busy: bool, manner: Manner, decision: str
) -> None:
    assert tickets.decide(wanted, busy, manner) == decision


def test_a_busy_gpu_names_its_run_and_the_ways_out(hold: Hold, tmp_path: Path) -> None:
    first = hold("first")
    assert first.told() == []
    with pytest.raises(UsageError) as caught:
        tickets.take(tmp_path / "second", GPU, "alone")
    assert caught.value.message == (
        f"cuda:0 is busy: first trains there (pid {first.process.pid}, {tmp_path / 'first'})."
    )
    assert "--queue" in str(caught.value.hint)
    assert "--share" in str(caught.value.hint)
    assert "--device" not in str(caught.value.hint)


def test_a_gpu_that_is_free_is_offered(hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.runs.queue.devices.visible_gpus", lambda: ("cuda:0", "cuda:1"))
    hold("first").told()
    with pytest.raises(UsageError) as caught:
        tickets.take(tmp_path / "second", GPU, "alone")
    assert "--device cuda:1 for the GPU that is free" in str(caught.value.hint)


def test_those_that_queue_are_served_in_the_order_they_came(hold: Hold, tmp_path: Path) -> None:
    line = []
    for name in ("a", "b", "c"):
        holder = hold(name, "queue")
        assert holder.told() == [before.run.name for before in line]
        line.append(holder)
    assert names(tmp_path / "c") == ["a", "b"]
    line[0].kill()
    assert (names(tmp_path / "b"), names(tmp_path / "c")) == ([], ["b"])


def test_a_killed_member_frees_its_place(hold: Hold, tmp_path: Path) -> None:
    line = [hold(name, "queue") for name in ("a",)]
    line[0].told()
    for name in ("b", "c"):
        line.append(hold(name, "queue"))
        line[-1].told()
    line[1].kill()
    assert names(tmp_path / "c") == ["a"]
    assert len(list(tickets.folder().glob("*.json"))) == 2


def test_a_run_that_shares_waits_for_none_and_is_waited_for(hold: Hold, tmp_path: Path) -> None:
    first = hold("first")
    first.told()
    hold("waits", "queue").told()
    assert hold("shares", "share").told() == []
    first.kill()
    assert names(tmp_path / "waits") == ["shares"]


def test_runs_of_one_device_do_not_wait_for_another(hold: Hold, tmp_path: Path) -> None:
    hold("first").told()
    assert tickets.take(tmp_path / "second", ("cuda:1",), "alone") == ()


def test_two_runs_of_crossed_devices_do_not_hold_each_other_up(hold: Hold, tmp_path: Path) -> None:
    first = hold("first", "alone", "cuda:0")
    first.told()
    assert hold("both", "queue", "cuda:0", "cuda:1").told() == ["first"]
    assert hold("crossed", "queue", "cuda:1", "cuda:0").told() == ["first", "both"]
    assert hold("last", "queue", "cuda:1").told() == ["both", "crossed"]
    first.kill()
    assert [names(tmp_path / run) for run in ("both", "crossed", "last")] == [[], ["both"], ["both", "crossed"]]


def test_several_that_come_at_the_same_instant_never_share_a_gpu(hold: Hold) -> None:
    holders = [hold(f"run-{number}") for number in range(6)]
    started = [holder for holder in holders if holder.process.poll() is None and holder.process.stdout.readline()]  # type: ignore[union-attr]
    assert len(started) == 1
    for holder in holders:
        if holder is not started[0]:
            assert holder.refusal().startswith("UsageError: cuda:0 is busy: ")


def test_a_run_that_comes_again_stands_at_the_end(hold: Hold, tmp_path: Path) -> None:
    hold("a", "queue").told()
    killed = hold("b", "queue")
    killed.told()
    hold("c", "queue").told()
    killed.kill()
    assert hold("b", "queue").told() == ["a", "c"]
    assert names(tmp_path / "c") == ["a"]


def test_a_clock_that_was_set_back_changes_no_order(
    hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold("a", "queue").told()
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    assert tickets.take(tmp_path / "b", GPU, "queue") == ("a",)
    assert names(tmp_path / "b") == ["a"]


def test_a_place_that_is_left_is_free(tmp_path: Path) -> None:
    tickets.take(tmp_path / "a", GPU, "alone")
    tickets.leave(tmp_path / "a")
    assert tickets.take(tmp_path / "b", GPU, "alone") == ()


def test_a_ticket_that_was_handed_over_lives_as_long_as_its_new_process(tmp_path: Path) -> None:
    tickets.take(tmp_path / "a", GPU, "alone")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert tickets.hand_over(tmp_path / "a", child.pid)
        with pytest.raises(UsageError, match=f"pid {child.pid}"):
            tickets.take(tmp_path / "b", GPU, "alone")
        child.kill()
        child.wait()
        assert tickets.take(tmp_path / "b", GPU, "alone") == ()
    assert not tickets.hand_over(tmp_path / "a")


def test_a_torn_ticket_holds_nobody_up(tmp_path: Path) -> None:
    tickets.take(tmp_path / "a", GPU, "alone")
    for content in ("", "{", "[]", '{"run": 1}', '{"run": "x", "devices": ["cuda:0"], "share": false, "process": 1}'):
        (tickets.folder() / f"{1:020}.json").write_text(content)
        assert names(tmp_path / "a") == []


def test_a_state_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANSTUDIO_STATE", str(tmp_path / "file"))
    with pytest.raises(StudioError, match="cannot be noted down: Not a directory") as caught:
        tickets.take(tmp_path / "a", GPU, "alone")
    assert "GANSTUDIO_STATE=DIR" in str(caught.value.hint)


# --- runs that wait


@pytest.fixture
def marker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A worker that leaves this file and goes on until it is killed."""
    file = tmp_path / "began"
    code = f"import time; open({str(file)!r}, 'a').close(); time.sleep(60)"
    monkeypatch.setattr(process, "worker_command", lambda *_: [sys.executable, "-c", code])
    return file


@pytest.fixture
def waiting(workspace: Workspace, hold: Hold, marker: Path) -> Iterator[tuple[Path, Holder]]:
    """A run that waits for another one, and the one that it waits for."""
    holder = hold("first", "alone", "cpu")
    holder.told()
    path = make_run(workspace)
    process.spawn(path, DRAFT, manner="queue")
    yield path, holder
    if pid := process.living_pid(path):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not process.alive(path))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline


def loaded(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def test_a_run_that_waits_is_queued_and_names_whom_it_waits_for(waiting: tuple[Path, Holder], marker: Path) -> None:
    view = store.view(waiting[0])
    assert (view.status, view.state.ahead) == ("queued", ("first",))
    assert view.as_json()["ahead"] == ["first"]
    assert view.pid
    assert not marker.exists()


def test_a_run_that_waits_has_not_imported_torch(waiting: tuple[Path, Holder]) -> None:
    pid = store.view(waiting[0]).pid
    assert pid
    until(lambda: "_psutil" in loaded(pid))
    assert "torch" not in loaded(pid)


def test_a_run_whose_turn_comes_keeps_its_process(waiting: tuple[Path, Holder], marker: Path) -> None:
    path, holder = waiting
    pid = store.view(path).pid
    holder.kill()
    until(marker.exists)
    view = store.view(path)
    assert (view.pid, view.state.ahead) == (pid, ())
    assert process_identity.living_pid(json.loads(next(tickets.folder().glob("*.json")).read_text())["process"]) == pid


@pytest.mark.parametrize("how", ["sigterm", "request"])
def test_a_run_that_waits_can_be_stopped(waiting: tuple[Path, Holder], marker: Path, how: str) -> None:
    path, _ = waiting
    pid = store.view(path).pid
    assert pid
    until(lambda: "_psutil" in loaded(pid))
    if how == "sigterm":
        process.terminate(pid)
    else:
        requests.post(path, "stop")
    until(lambda: not process.alive(path))
    view = store.view(path)
    assert (view.status, view.state.reason, view.state.ahead) == ("stopped", "stop", ())
    assert not requests.pending(path, "stop")
    assert names(path) == []
    assert len(list(tickets.folder().glob("*.json"))) == 1
    assert not marker.exists()


def test_a_run_that_is_killed_while_it_waits_is_crashed_and_can_queue_again(waiting: tuple[Path, Holder]) -> None:
    path, _ = waiting
    os.kill(store.view(path).pid or 0, signal.SIGKILL)
    until(lambda: not process.alive(path))
    assert store.view(path).status == "crashed"
    process.spawn(path, DRAFT, manner="queue")
    assert store.view(path).status == "queued"


def test_a_line_moves_up_and_each_member_tells_it(
    workspace: Workspace, waiting: tuple[Path, Holder], marker: Path
) -> None:
    path, holder = waiting
    behind = make_run(workspace, "behind")
    process.spawn(behind, DRAFT, manner="queue")
    assert store.view(behind).state.ahead == ("first", path.name)
    holder.kill()
    until(lambda: store.view(behind).state.ahead == (path.name,))
    os.kill(store.view(path).pid or 0, signal.SIGKILL)
    marker.unlink(missing_ok=True)
    until(marker.exists)
    line = [event.get("ahead") for event in events.read_events(behind / events.NAME)[0]]
    assert line == [["first", path.name], [path.name], []]
    os.kill(store.view(behind).pid or 0, signal.SIGKILL)
    until(lambda: not process.alive(behind))


def test_a_free_device_is_not_waited_for(workspace: Workspace, marker: Path) -> None:
    path = make_run(workspace)
    pid = process.spawn(path, DRAFT, manner="queue")
    until(marker.exists)
    assert store.view(path).state.ahead == ()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not process.alive(path))


def test_a_busy_gpu_leaves_the_run_untouched(workspace: Workspace, hold: Hold, marker: Path) -> None:
    hold("first").told()
    path = make_run(workspace, device="cuda:0")
    with pytest.raises(UsageError, match="cuda:0 is busy"):
        process.spawn(path, store.view(path).record)
    assert not (path / "metrics.jsonl").exists()
    assert not marker.exists()
