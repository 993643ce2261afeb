from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ganstudio import bridge
from ganstudio.cli.app import run
from ganstudio.data import run_data
from ganstudio.runs import process, store
from ganstudio.workspace import Workspace
from tests.cli.driving import fake_command, quick_answer


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Program = Callable[..., Ended]
Course = Callable[[str], None]


@pytest.fixture
def ganstudio(capsys: pytest.CaptureFixture[str]) -> Program:
    """The program, called in this process."""

    def call(*arguments: str | Path) -> Ended:
        code = run([str(argument) for argument in arguments])
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def data_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data of runs that were made by hand need not be there: nothing reads it."""
    monkeypatch.setattr(run_data, "open_run_data", lambda *_: None)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, data_unread: None) -> Course:
    """Replaces the worker by one that trains nothing and whose course can be set; it finishes unless told else."""
    monkeypatch.setattr(process, "worker_command", fake_command)
    monkeypatch.setattr(bridge, "call_worker", quick_answer)
    monkeypatch.setenv("FAKE_STEP_S", "0.005")
    return lambda course: monkeypatch.setenv("FAKE_WORKER", course)


@pytest.fixture
def no_worker_left(workspace: Workspace) -> Iterator[None]:
    """Ends what the test left training."""
    yield
    for left in store.list_runs(workspace):
        if left.pid and left.pid != os.getpid():
            os.kill(left.pid, signal.SIGKILL)
            while process.alive(left.path):
                pass


def only_run(workspace: Workspace) -> store.RunView:
    [run] = store.list_runs(workspace)
    return run
