"""How busy the machine is: psutil for the processor and its memory, NVIDIA's own library for GPUs."""

from __future__ import annotations

import contextlib
from typing import Any

import psutil

from ganstudio.tui.snapshots import Gpu, Machine

NO_GPU = "no NVIDIA GPU"


class MachineReader:
    def __init__(self) -> None:
        psutil.cpu_percent()  # the load is that since the call before
        self._nvml, self._why = _open_nvml()

    def look(self) -> Machine:
        memory = psutil.virtual_memory()
        used = memory.total - memory.available
        gpus, why = self._gpus()
        return Machine(psutil.cpu_percent(), used, memory.total, _celsius(), gpus, why)

    def _gpus(self) -> tuple[tuple[Gpu, ...], str]:
        if self._nvml is None:
            return (), self._why
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
    """NVIDIA's library, ready; else None, and why not."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound:
        return None, NO_GPU
    except pynvml.NVMLError as error:
        return None, NO_GPU if "not loaded" in str(error).lower() else f"GPU: {error}"
    return pynvml, ""


def _celsius() -> float | None:
    """The processor's temperature, where the system tells one."""
    with contextlib.suppress(AttributeError, OSError):  # psutil has it on Linux and FreeBSD alone
        for name, readings in psutil.sensors_temperatures().items():
            if name in ("coretemp", "k10temp", "cpu_thermal", "zenpower") and readings:
                return float(max(reading.current for reading in readings))
    return None
