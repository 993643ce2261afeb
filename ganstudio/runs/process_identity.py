"""Which process it is. A pid alone does not say: the system gives it to another one later."""

from __future__ import annotations

import socket
from typing import Any


def identity(pid: int | None = None) -> dict[str, Any]:
    """The identity of process `pid` (this one): host, pid and start time."""
    import psutil

    process = psutil.Process(pid)
    table = {"host": socket.gethostname(), "pid": process.pid, "created": process.create_time()}
    return {**table, "boot": psutil.boot_time()}


def living_pid(written: dict[str, Any]) -> int | None:
    """The pid of the process that `identity` wrote, where it is one of this host, lives and is no zombie."""
    try:
        host, pid, created = written["host"], int(written["pid"]), float(written["created"])
        booted = float(written.get("boot", 0.0))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if host != socket.gethostname() or pid <= 0:
        return None
    import psutil

    try:
        process = psutil.Process(pid)
        # Start times are kept since boot and reported by the wall clock: one of the two survives a clock that was set.
        shift = psutil.boot_time() - booted
        same = min(abs(process.create_time() - created), abs(process.create_time() - created - shift)) < 0.05
        return pid if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
