"""How many processors this process may keep busy, which in a container is often less than the machine has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def cores() -> int:
    """The number of processors that this process may keep busy: what it may run on, or less where a quota says so."""
    usable = _usable_cores()
    return usable if (limit := quota()) is None else max(1, min(usable, math.ceil(limit)))


def limited_cores() -> int | None:
    """`cores()` where a quota leaves less than the process may run on; None where libraries count right themselves."""
    return cores() if cores() < _usable_cores() else None


def quota(own: Path | None = None, groups: Path | None = None) -> float | None:
    """Processors' worth of time that control groups leave this process, None where they set no limit.

    `own` names its groups as /proc/self/cgroup does, `groups` is where they are mounted. A group's limit holds for all
    below it, so the least on the way up counts. cpu.max is cgroup v2's, cpu.cfs_quota_us v1's (Linux: cgroup-v2.rst,
    sched-bwc.rst).
    """
    limits = [limit for folder in _folders(own or _OWN_GROUPS, groups or _GROUPS) for limit in _limits(folder)]
    return min(limits, default=None)


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _folders(own: Path, groups: Path) -> Iterator[Path]:
    """The folders of the groups that this process is in, and of those above them.

    In a container the path may be one outside of it: what is mounted is then the group itself.
    """
    lines: list[str] = []
    with suppress(OSError, UnicodeDecodeError):
        lines = own.read_text(encoding="utf-8").splitlines()
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        places = ("cpu", "cpu,cpuacct", "cpuacct,cpu") if controllers else ("", "unified")
        for base in (groups / place for place in places):
            inside = base / path.lstrip("/")
            yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(base))


def _limits(folder: Path) -> Iterator[float]:
    """The quota in one group's folder, over its period; nothing where there is none."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with suppress(OSError, ValueError, ZeroDivisionError):  # "max 100000" is no number, and no limit
            given, period = " ".join((folder / name).read_text(encoding="utf-8") for name in names).split()
            if int(given) > 0:  # v1 says -1 for no limit
                yield int(given) / int(period)
