"""Two machines that train one run: two torchruns on this one, which know of each other only by host and port."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ganstudio.engine.run_folder import checkpoint
from ganstudio.runs import process, requests, store
from ganstudio.runs.queue import tickets
from ganstudio.runs.record import NAME, load_record
from tests.engine.conftest import WITNESSES, Runs, told

TWO = next(w for w in WITNESSES if w.stem == "two_domains")
PATIENCE_S = 120.0

pytestmark = pytest.mark.slow


class Nodes:
    """Types the line that `train --prepare` prints, once a machine."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, run: Path, *more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        line = process.torchrun_line(run, load_record(run / NAME)).replace("HOST:29400", f"127.0.0.1:{port}")
        _torchrun, *arguments = shlex.split(line)
        command = [sys.executable, "-m", "torch.distributed.run", *arguments, *more]
        self.started = []
        for number in range(2):
            with (run / f"node-{number}.txt").open("ab") as log:
                env = {**os.environ, "OMP_NUM_THREADS": "1"}
                self.started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, start_new_session=True))

    def ended(self) -> list[int]:
        return [node.wait(timeout=PATIENCE_S) for node in self.started]

    def kill(self) -> None:
        for node in self.started:
            if node.poll() is None:
                node.kill()
                node.wait()


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    made = Nodes()
    yield made
    made.kill()


def logs(run: Path) -> str:
    return "".join(file.read_text() for file in sorted(run.glob("node-*.txt")))


def until(run: Path, true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, logs(run)
        time.sleep(0.02)


def test_two_nodes_train_are_stopped_by_a_request_and_resumed(runs: Runs, nodes: Nodes) -> None:
    run = runs.make("run", TWO, "training.kimg=1000")
    process.write_event(run, "prepared")
    requests.post(run, "stop")  # left over from an earlier life: not obeyed
    assert store.view(run).status == "prepared"
    nodes.start(run)
    until(run, lambda: told(run, "tick"))
    view = store.view(run)
    assert (view.status, view.state.processes) == ("running", 2)
    assert any(view.pid in pids_of(node) for node in nodes.started)
    [ticket] = tickets.living()
    assert (ticket.run, ticket.devices, ticket.share) == (run, ("cpu",), True)
    requests.post(run, "stop")
    assert nodes.ended() == [0, 0], logs(run)
    view = store.view(run)
    assert (view.status, view.pid) == ("stopped", None)
    assert checkpoint.nimg_of(checkpoint.all_checkpoints(run)[-1]) == view.state.nimg > 0
    nodes.start(run, "--resume", "--minutes", "0.001")
    assert nodes.ended() == [0, 0], logs(run)
    assert (store.view(run).status, store.view(run).state.reason) == ("finished", "budget")
    assert told(run, "resumed")[0]["nimg"] == view.state.nimg


def pids_of(node: subprocess.Popen[bytes]) -> set[int]:
    """The processes that one machine's torchrun has started."""
    return {child.pid for child in psutil.Process(node.pid).children(recursive=True)}


def test_a_node_that_is_told_to_leave_stops_all_with_a_checkpoint(runs: Runs, nodes: Nodes) -> None:
    run = runs.make("run", TWO, "training.kimg=1000")
    nodes.start(run)
    until(run, lambda: len(told(run, "tick")) >= 2)
    leader = store.view(run).pid
    [beside] = [node for node in nodes.started if leader not in pids_of(node)]
    beside.terminate()
    # The run has ended then; the torchrun that stayed waits up to five minutes for the one that left.
    until(run, lambda: store.view(run).status == "stopped")
    assert checkpoint.nimg_of(checkpoint.all_checkpoints(run)[-1]) == store.view(run).state.nimg
