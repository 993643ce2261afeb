"""Ends a run whose process may not answer: waits for a time, then kills it with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio import bridge
from ganstudio.errors import StudioError
from ganstudio.runs import process, requests, state
from ganstudio.runs.queue import tickets

if TYPE_CHECKING:  # a plain `runs list` looks for no process
    import psutil

STARTING_S = 20.0  # a worker that has not begun by then cannot read requests, and is sent SIGTERM
GONE_S = 10.0  # SIGKILL is the kernel's; what is left then waits for a disk or a driver
_LOOK_S = 0.1
_POLL_S = 0.5  # of a run on another machine: each look reads its folder


def suspended(pid: int) -> bool:
    """Whether the process was stopped by a signal (SIGSTOP, Ctrl-Z): it answers nothing until SIGCONT, or SIGKILL."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP))
    return False


def silence_reason(run: Path, until: float) -> str | None:
    """Why the process of a run is not waited for any longer, now or after time.monotonic()'s `until`; else None."""
    pid = process.living_pid(run)
    if pid and suspended(pid):
        return f"its process {pid} is suspended (SIGSTOP, Ctrl-Z) and hears nothing before `kill -CONT {pid}`"
    if time.monotonic() < until:
        return None
    host = process.host_elsewhere(run)
    return f"its process{f' on {host}' if host else f' {pid}'} did not answer in time"


def wait_until_ended(run: Path, until: float, starting_s: float = STARTING_S) -> bool:
    """Whether the process of a run that was asked to stop is gone, on time.monotonic()'s `until` at the latest.

    False at once where it is suspended.
    """
    asked, terminated = time.monotonic(), False
    while process.alive(run):
        pid = process.living_pid(run)
        if silence_reason(run, until):
            return False
        if pid and not terminated and time.monotonic() - asked > starting_s and state.current(run)[0].phase == "queued":
            process.terminate(pid)
            terminated = True
        time.sleep(_LOOK_S if pid else _POLL_S)
        # the last event of a run on another machine comes before its sign of life is too old
        if pid is None and state.current(run)[0].final:
            break
    return True


def kill(runs: Sequence[Path], wait_s: float) -> list[Path]:
    """Ends the processes of `runs`, all at once: SIGTERM, and after `wait_s` SIGKILL to all that they started.

    The runs that were killed, or ended without a word; the others have stopped in order, with a checkpoint.

    Raises StudioError where a process may not be ended, or does not go.
    """
    members: dict[Path, list[psutil.Process]] = {}
    for run in runs:
        if pid := process.living_pid(run):
            members[run] = process_family(pid)
            _send(members[run], signal.SIGCONT)  # one that is suspended would not hear SIGTERM
            with _as_studio_errors(pid):
                process.terminate(pid)
    everybody = [one for family_ in members.values() for one in family_]
    if not _end_within(everybody, wait_s):
        for run in members:
            # what was started since
            if pid := process.living_pid(run):
                everybody += process_family(pid)
        _send(everybody, signal.SIGKILL)
        if not _end_within(everybody, GONE_S):
            left = ", ".join(str(one.pid) for one in everybody if _is_running(one))
            raise StudioError(
                f"the system does not let go of process {left}: it waits for a disk or a driver.",
                hint=f"ps -o pid,stat,wchan,args {left}",
            )
    return [run for run in runs if _write_end(run)]


def process_family(pid: int) -> list[psutil.Process]:
    """Process `pid`, the torchrun above it where it is one of several, and all that these have started.

    torchrun gives each of its children a session of its own; what lost its parent is found by its session.
    """
    import psutil

    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        while (parent := top.parent()) and bridge.WORKER in _command(parent):
            top = parent
        family = {one.pid: one for one in (top, *top.children(recursive=True))}
        leaders = {one for one in family if _session(one) == one}
        family |= {one.pid: one for one in psutil.process_iter() if _session(one.pid) in leaders}
        return [one for one in family.values() if one.pid != os.getpid()]
    return []


def _command(one: psutil.Process) -> list[str]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return list(one.cmdline())
    return []


def _session(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return None


def _send(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    import psutil

    for one in processes:
        with _as_studio_errors(one.pid), contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(number)


@contextlib.contextmanager
def _as_studio_errors(pid: int) -> Iterator[None]:
    import psutil

    try:
        yield
    except (PermissionError, psutil.AccessDenied):
        raise StudioError(f"process {pid} is another user's: this one may not end it.") from None


def _end_within(processes: Sequence[psutil.Process], within_s: float) -> bool:
    until = time.monotonic() + within_s
    while any(map(_is_running, processes)):
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_S / 2)
    return True


def _is_running(one: psutil.Process) -> bool:
    """Whether a process runs. A zombie does not: whoever started it may never ask how it ended."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return bool(one.is_running() and one.status() != psutil.STATUS_ZOMBIE)
    return False


def _write_end(run: Path) -> bool:
    """Writes the end of a run whose process could not; False where the process did."""
    process.living_pid(run)  # reaps a child of ours
    if state.current(run)[0].final:
        return False
    process.write_event(run, "finished", reason="kill")
    requests.clear(run)
    tickets.leave(run)
    return True
