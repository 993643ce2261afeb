"""The worker's process: how it is started, and how one knows that it lives."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ganstudio import bridge
from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import events, requests, state
from ganstudio.runs.record import RunRecord
from ganstudio.workspace import write_json

NAME = "process.json"
LOG = "log.txt"

# Kept so that a child that ended is reaped, and so that Popen does not complain of being forgotten.
_children: list[subprocess.Popen[bytes]] = []


def write_process(run_dir: Path, pid: int | None = None) -> None:
    """Says that process `pid` (this one) works on the run. A worker does this first, before it imports torch."""
    import psutil

    process = psutil.Process(pid)
    table = {"host": socket.gethostname(), "pid": process.pid, "created": process.create_time()}
    write_json(run_dir / NAME, {**table, "boot": psutil.boot_time()})


def living_pid(run_dir: Path) -> int | None:
    """The pid of the run's process, where host, pid and start time are those that it wrote and it is no zombie."""
    for child in _children:
        child.poll()
    try:
        written = json.loads((run_dir / NAME).read_bytes())
        host, pid, created = written["host"], int(written["pid"]), float(written["created"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if host != socket.gethostname():
        return None
    import psutil

    try:
        process = psutil.Process(pid)
        # Start times are kept since boot and reported by the wall clock: one of the two survives a clock that was set.
        shift = psutil.boot_time() - written.get("boot", 0.0)
        same = min(abs(process.create_time() - created), abs(process.create_time() - created - shift)) < 0.05
        return pid if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def alive(run_dir: Path) -> bool:
    return living_pid(run_dir) is not None


def worker_command(run_dir: Path, processes: int, resume: bool, minutes: float | None) -> list[str]:
    """The command line that trains `run_dir`; torchrun's where there are several processes."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    return [
        sys.executable,
        *(launcher if processes > 1 else []),
        *("-m", bridge.WORKER, "train", str(run_dir)),
        *(["--resume"] if resume else []),
        *(["--minutes", str(minutes)] if minutes is not None else []),
    ]


def spawn(run_dir: Path, record: RunRecord, resume: bool = False, minutes: float | None = None) -> int:
    """The pid of a new worker, which outlives this process and its terminal; what it prints goes to log.txt.

    Raises:
        UsageError: the run has a live process already.
        StudioError: the disk is full or read-only.
    """
    command = worker_command(run_dir, record.processes, resume, minutes)
    try:
        with _claimed(run_dir):
            requests.clear(run_dir)
            # Until the worker has its pid the run is ours: whoever looks meanwhile sees it queued, not crashed.
            write_process(run_dir)
            so_far, _ = state.current(run_dir)
            writer = events.EventWriter(run_dir / events.NAME)
            try:
                writer.write("queued", so_far.nimg, so_far.elapsed_s)
            finally:
                writer.close()
            child = _start(command, run_dir / LOG)
            write_process(run_dir, child.pid)
    except OSError as error:
        raise StudioError(f"{run_dir}: the worker cannot be started: {error.strerror}.") from None
    return child.pid


def _start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=bridge.environment(),
        )
    _children.append(child)
    return child


@contextlib.contextmanager
def _claimed(run_dir: Path) -> Iterator[None]:
    """Holds off a second `resume` of the same run while this one starts its worker."""
    lock = run_dir / "process.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        message = f"{run_dir.name} is being started by another process."
        raise UsageError(message, hint=f"rm {lock}   # if there is none") from None
    try:
        if alive(run_dir):
            raise UsageError(f"{run_dir.name} is live already.", hint=f"ganstudio runs logs -f {run_dir.name}")
        yield
    finally:
        lock.unlink()


def terminate(pid: int) -> None:
    """Sends SIGTERM: a worker that listens finishes its step and writes a checkpoint."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def log_tail(run_dir: Path, lines: int) -> list[str]:
    """The last lines of log.txt. Reads its last 64 kB at most."""
    try:
        with (run_dir / LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 65536))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
