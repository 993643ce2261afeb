"""The worker's process: how it is started, and how one knows that it lives."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganstudio import bridge
from ganstudio.cpu_count import cores
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.runs import events, log, process_identity, requests, state
from ganstudio.runs.locks import locked
from ganstudio.runs.queue import devices, tickets
from ganstudio.runs.record import RunRecord
from ganstudio.workspace import write_json

NAME = "process.json"
LOCK = "process.lock"
WAITING_ROOM = "ganstudio.runs.queue.waiting"

HEARTBEAT_S = 20.0
HEARD_S = 120.0  # without a sign of life for so long, a run on another machine is taken for dead

# Kept so that a child that ended is reaped, and so that Popen does not complain of being forgotten.
_children: list[subprocess.Popen[bytes]] = []


def write_process(run_dir: Path, pid: int | None = None) -> None:
    """Writes that process `pid` (this one) works on the run. A worker does this first, before it imports torch."""
    write_json(run_dir / NAME, process_identity.identity(pid))


def living_pid(run_dir: Path) -> int | None:
    """The pid of the run's process, where host, pid and start time are those that it wrote and it is no zombie."""
    for child in _children:
        child.poll()
    return process_identity.living_pid(_read_identity(run_dir))


def alive(run_dir: Path) -> bool:
    """Whether the run's process lives, on this machine or on another that shares the folder."""
    return living_pid(run_dir) is not None or _beats_elsewhere(run_dir)


def host_elsewhere(run_dir: Path) -> str | None:
    """The other machine that the run's process is on; None where that is this one."""
    host = _read_identity(run_dir).get("host")
    return None if host in (None, socket.gethostname()) else str(host)


def heartbeat(run_dir: Path) -> None:
    """A sign of life for other machines, which cannot look for our pid. Cheap: it does nothing most of the time."""
    with contextlib.suppress(OSError):
        if time.time() - (run_dir / NAME).stat().st_mtime > HEARTBEAT_S:
            os.utime(run_dir / NAME)


def keep_beating(run_dir: Path) -> None:
    """Calls `heartbeat` until the process ends, in a thread: an evaluation can take longer than HEARD_S."""
    while True:
        time.sleep(HEARTBEAT_S)
        heartbeat(run_dir)


def _beats_elsewhere(run_dir: Path) -> bool:
    if host_elsewhere(run_dir) is None:
        return False
    with contextlib.suppress(OSError):
        return time.time() - (run_dir / NAME).stat().st_mtime < HEARD_S
    return False


def _read_identity(run_dir: Path) -> dict[str, Any]:
    """The identity that `write_process` wrote last; {} where there is none."""
    try:
        table = json.loads((run_dir / NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


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


def torchrun_line(run_dir: Path, record: RunRecord) -> str:
    """The command to type on each of two machines to train `run_dir` on both; HOST is one of them, a name both know."""
    return (
        f"torchrun --nnodes 2 --nproc-per-node {record.processes} --rdzv-backend c10d --rdzv-id {record.id} "
        f"--rdzv-endpoint HOST:29400 -m {bridge.WORKER} train {quoted(run_dir)}"
    )


def spawn(
    run_dir: Path,
    record: RunRecord,
    resume: bool = False,
    minutes: float | None = None,
    manner: tickets.Manner = "alone",
) -> int:
    """The pid of a new worker, which outlives this process and its terminal; what it prints goes to log.txt.

    Where `manner` is to queue and the run's devices are busy, it waits for its turn first.

    Raises:
        UsageError: the run has a live process already, or its devices are busy.
        StudioError: the disk is full or read-only.
    """
    command = worker_command(run_dir, record.processes, resume, minutes)
    try:
        with _start_lock(run_dir), _queue_place(run_dir, record, manner) as ahead:
            requests.clear(run_dir)
            # Until the worker has its pid the run is ours: whoever looks meanwhile sees it queued, not crashed.
            write_process(run_dir)
            threads = _threads(run_dir, record, waits=bool(ahead))
            queued = {"ahead": list(ahead) or None, "threads": threads, "minutes": minutes}
            write_event(run_dir, "queued", **{key: value for key, value in queued.items() if value is not None})
            waiting = [sys.executable, "-m", WAITING_ROOM, str(run_dir)] if ahead else []
            child = _start(waiting + command, run_dir / log.NAME, threads)
            write_process(run_dir, child.pid)
            tickets.hand_over(run_dir, child.pid)
    except OSError as error:
        raise StudioError(f"{run_dir}: the worker cannot be started: {error.strerror}.") from None
    return child.pid


@contextlib.contextmanager
def _queue_place(run_dir: Path, record: RunRecord, manner: tickets.Manner) -> Iterator[tuple[str, ...]]:
    """A place on the run's devices, given up again where no worker could be started. What is to be waited for."""
    ahead = tickets.take(run_dir, devices.devices_used(record.device, record.processes), manner)
    try:
        yield ahead
    except BaseException:
        tickets.leave(run_dir)
        raise


def _threads(run_dir: Path, record: RunRecord, waits: bool) -> int | None:
    """Its part of the cores where a run on the CPU shares them with others; None where it has all of them.

    That is decided before its first iteration, and kept: with another number of threads sums are made in another
    order, and a resume would not end in the same bits.
    """
    so_far, _ = state.current(run_dir)
    if so_far.started:
        return so_far.threads
    shares = not waits and devices.devices_used(record.device, record.processes) == ("cpu",)
    others = tickets.count_beside(run_dir) if shares else 0
    return max(1, cores() // (others + 1)) if others else None


def write_event(run_dir: Path, event: str, **fields: Any) -> None:
    """Writes an event of a run that has no worker at the moment."""
    so_far, _ = state.current(run_dir)
    writer = events.EventWriter(run_dir / events.NAME)
    try:
        writer.write(event, so_far.nimg, so_far.elapsed_s, **fields)
    finally:
        writer.close()


def _start(command: list[str], out: Path, threads: int | None) -> subprocess.Popen[bytes]:
    with out.open("ab") as file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=bridge.environment(threads),
        )
    _children.append(child)
    return child


@contextlib.contextmanager
def _start_lock(run_dir: Path) -> Iterator[None]:
    """Holds off a second `resume` of the same run while this one starts its worker."""
    with locked(run_dir / LOCK, wait=False) as ours:
        if not ours:
            message = f"{run_dir.name} is being started by another process."
            raise UsageError(message, hint=f"ganstudio runs show {run_dir.name}")
        if alive(run_dir):
            raise UsageError(f"{run_dir.name} is live already.", hint=f"ganstudio runs logs -f {run_dir.name}")
        yield


def terminate(pid: int) -> None:
    """Sends SIGTERM: a worker that listens finishes its step and writes a checkpoint."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
