"""The real worker, in processes of its own that are forked from one which has imported torch: that takes seconds."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch

from ganstudio.engine import worker
from ganstudio.runs import process

WAIT_S = 180.0
CONTEXT = multiprocessing.get_context("forkserver")
OURS = ("training", "conformance", "dry_run.answer", "evaluation.evaluate", "export.onnx")
# The first optimizer imports torch._dynamo, which takes as long as torch.
CONTEXT.set_forkserver_preload(["torch._dynamo", *(f"ganstudio.engine.{name}" for name in OURS)])


class Forked:
    """One process, or several that work together."""

    def __init__(self, processes: Sequence[ForkServerProcess]) -> None:
        self._processes = processes

    @property
    def pid(self) -> int:
        """The pid of the first, which is the head of a session of its own."""
        return self._processes[0].pid or 0

    def poll(self) -> int | None:
        """The first exit code that is not 0, or 0; None while one of them lives."""
        codes = [one.exitcode for one in self._processes]
        return None if None in codes else next((code for code in codes if code), 0)

    def wait(self, timeout: float = WAIT_S) -> int:
        """What `poll` returns in the end. Where one fails, the others are ended, as by torchrun."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            living = [one.sentinel for one in self._processes if one.exitcode is None]
            assert connection.wait(living, max(0.0, until - time.monotonic())), f"not ended after {timeout} s"
            if any(one.exitcode for one in self._processes):
                self.kill()
        return code

    def send_signal(self, number: signal.Signals) -> None:
        for one in self._processes:
            os.kill(one.pid or 0, number)

    def kill(self) -> None:
        for one in self._processes:
            one.kill()


def fork(
    function: Callable[[list[str]], int | None],
    arguments: Sequence[str],
    out: Sequence[Path],
    err: Path | None = None,
    file_bytes: int | None = None,
) -> Forked:
    """`function(arguments)` in as many processes as there are files in `out`, which get what each prints.

    Errors go there too, where `err` is no file for them. They find each other as torchrun's processes do; no file that
    they write is longer than `file_bytes`. An int that the function returns is its exit code.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        meet = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    started = []
    for rank, file in enumerate(out):
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        if len(out) > 1:
            sizes = dict.fromkeys(("WORLD_SIZE", "LOCAL_WORLD_SIZE"), str(len(out)))
            env |= meet | sizes | dict.fromkeys(("RANK", "LOCAL_RANK"), str(rank))
        ready, tell = CONTEXT.Pipe(duplex=False)
        given = (tell, function, [*arguments], file, err or file, env, file_bytes)
        begun = CONTEXT.Process(target=_begin, args=given)
        begun.start()
        tell.close()
        ready.recv()  # it has its session, which can be killed
        started.append(begun)
    return Forked(started)


def _begin(
    tell: connection.Connection,
    function: Callable[[list[str]], int | None],
    arguments: list[str],
    out: Path,
    err: Path,
    environment: dict[str, str],
    file_bytes: int | None,
) -> None:
    os.setsid()
    tell.send(None)
    tell.close()
    for number, file in ((1, out), (2, err)):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, number)
        os.close(handle)
    os.environ.clear()
    os.environ.update(environment)
    torch.set_num_threads(1)  # toy networks are too small for two threads to share
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    sys.exit(function(arguments))


def start(run: Path, *arguments: str, processes: int = 1, file_bytes: int | None = None) -> Forked:
    """A worker that trains the run; what it prints goes to the run's log."""
    return fork(worker.main, ["train", str(run), *arguments], [run / "log.txt"] * processes, file_bytes=file_bytes)


def work(run: Path, *arguments: str, processes: int = 1, file_bytes: int | None = None) -> int:
    """The worker's exit code."""
    return start(run, *arguments, processes=processes, file_bytes=file_bytes).wait()


def work_afresh(run: Path, processes: int) -> int:
    """The exit code of the command that front ends start: a Python, or torchrun's, that has imported nothing yet."""
    command = process.worker_command(run, processes, resume=False, minutes=None)
    with (run / "log.txt").open("ab") as log:
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(command, stdout=log, stderr=log, env=env, timeout=WAIT_S, check=False).returncode


def ask(verb: str, *arguments: str, file_bytes: int | None = None) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of a worker's verb."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer"
        code = fork(worker.main, [verb, *arguments], [answer], Path(folder) / "log.txt", file_bytes).wait()
        return code, json.loads(answer.read_bytes())
