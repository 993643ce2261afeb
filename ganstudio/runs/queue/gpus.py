"""GPU memory that other programs hold, by NVIDIA's own library. Tickets know of this user's runs alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from ganstudio.units import format_bytes

HELD = 0.1  # share of a GPU's memory: what computes there with less is idle, or a desktop's
FILLED = 0.5  # where the programs are not told (containers, WSL): share of the memory that is in use


def other_programs(devices: Iterable[str]) -> tuple[str, ...]:
    """`python (pid 1234) on cuda:0, with 20.1 of 24.0 GB`, a text for each of `devices` that another program fills.

    Only asked of devices without a living ticket: whatever computes there is no run of this user. Nothing where there
    is no NVIDIA driver to ask.
    """
    wanted = [device for device in devices if device.startswith("cuda:")]
    if not wanted:
        return ()
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(text for device in wanted for text in _filled(pynvml, device))
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _filled(nvml: Any, device: str) -> Iterator[str]:
    name = device.partition(":")[2]
    try:
        by_number = name.isdecimal()
        handle = nvml.nvmlDeviceGetHandleByIndex(int(name)) if by_number else nvml.nvmlDeviceGetHandleByUUID(name)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        programs = list(nvml.nvmlDeviceGetComputeRunningProcesses(handle))
    except nvml.NVMLError:
        return
    bytes_used = [program.usedGpuMemory for program in programs]
    # the library tells no memory of a program that it may not look into
    total = sum(bytes_used) if bytes_used and None not in bytes_used else None
    if total is None and memory.used < FILLED * memory.total:
        return
    if total is not None and total < HELD * memory.total:
        return
    largest = max(programs, key=lambda program: program.usedGpuMemory or 0, default=None)
    who = f"{_name(largest.pid)} (pid {largest.pid})" if largest else "another program"
    used = memory.used if total is None else total
    yield f"{who} on {device}, with {format_bytes(used)} of {format_bytes(memory.total)}"


def _name(pid: int) -> str:
    import psutil

    with contextlib.suppress(psutil.Error):
        return str(psutil.Process(pid).name())
    return "another program"
