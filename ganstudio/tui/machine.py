"""Reads how busy the machine is: psutil for the processor and its memory, NVIDIA's own library for GPUs."""

from __future__ import annotations

import contextlib
from typing import Any

import psutil

from ganstudio.tui.snapshots import Gpu, MachineSnapshot

NO_GPU = "no NVIDIA GPU"


class MachineReader:
    """Makes a MachineSnapshot at each `read`."""

    def __init__(self) -> None:
        psutil.cpu_percent()  # the load is that since the call before
        self._nvml, self._why_no_gpu = _open_nvml()

    def read(self) -> MachineSnapshot:
        memory = psutil.virtual_memory()
        used = memory.total - memory.available
        gpus, why = self._gpus()
        return MachineSnapshot(psutil.cpu_percent(), used, memory.total, _celsius(), gpus, why)

    def _gpus(self) -> tuple[tuple[Gpu, ...], str]:
        if self._nvml is None:
            return (), self._why_no_gpu
        try:
            count = self._nvml.nvmlDeviceGetCount()
            return tuple(map(self._gpu, range(count))), "" if count else NO_GPU
        except self._nvml.NVMLError as error:
            return (), f"GPU: {error}"

    def _gpu(self, index: int) -> Gpu:
        nvml = self._nvml
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        celsius = None
        with contextlib.suppress(nvml.NVMLError):
            celsius = int(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        load = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        return Gpu(str(nvml.nvmlDeviceGetName(handle)), load, int(memory.used), int(memory.total), celsius)


def _open_nvml() -> tuple[Any, str]:
    """Returns NVIDIA's library, initialized; else None and the reason."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound:
        return None, NO_GPU
    except pynvml.NVMLError as error:
        return None, NO_GPU if "not loaded" in str(error).lower() else f"GPU: {error}"
    return pynvml, ""


def _celsius() -> float | None:
    """Returns the processor's temperature; None where the system has none."""
    with contextlib.suppress(AttributeError, OSError):  # psutil has it on Linux and FreeBSD alone
        for name, readings in psutil.sensors_temperatures().items():
            if name in ("coretemp", "k10temp", "cpu_thermal", "zenpower") and readings:
                return float(max(reading.current for reading in readings))
    return None
