from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ganstudio.runs.queue.devices import nvidia_driver
from ganstudio.tui.machine import NO_GPU, MachineReader
from ganstudio.tui.snapshots import Gpu, MachineSnapshot
from ganstudio.tui.widgets.topbar import _machine_text


class NVMLError(Exception):
    pass


def card(**changes: Any) -> SimpleNamespace:
    """NVIDIA's library on a machine with one card, as nvidia-ml-py answers."""

    def no_sensor(*_: object) -> int:
        raise NVMLError("Not Supported")

    answers: dict[str, Any] = {
        "NVMLError": NVMLError,
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(used=9_100_000_000, total=24_000_000_000),
        "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=81),
        "nvmlDeviceGetName": lambda _: "NVIDIA RTX",
        "nvmlDeviceGetTemperature": no_sensor if changes.pop("cold", False) else lambda *_: 62,
    }
    return SimpleNamespace(**{**answers, **changes})


def reader(nvml: Any) -> MachineReader:
    made = MachineReader()
    made._nvml, made._why_no_gpu = nvml, ""
    return made


def test_a_card_is_told_with_its_load_memory_and_temperature() -> None:
    machine = reader(card()).read()
    assert machine.gpus == (Gpu("NVIDIA RTX", 81, 9_100_000_000, 24_000_000_000, 62),)
    assert "gpu0 81% 9.1/24G 62°C" in _machine_text(machine, 0).plain


def test_a_card_without_a_thermometer_is_told_without() -> None:
    assert reader(card(cold=True)).read().gpus[0].celsius is None


def test_a_driver_that_fails_is_told_and_ends_nothing() -> None:
    def fails() -> int:
        raise NVMLError("GPU is lost")

    machine = reader(card(nvmlDeviceGetCount=fails)).read()
    assert machine.gpus == ()
    assert "GPU is lost" in machine.why_no_gpu


@pytest.mark.skipif(nvidia_driver(), reason="there is an NVIDIA GPU here")
def test_no_card_is_said_plainly() -> None:
    machine = MachineReader().read()
    assert machine.why_no_gpu == NO_GPU
    assert "no NVIDIA GPU" in _machine_text(machine, 2).plain
    assert "● 2 running" in _machine_text(machine, 2).plain
    assert 0 < machine.used < machine.total


def test_what_the_processor_tells_stands_beside_its_memory() -> None:
    machine = MachineSnapshot(7.0, 3_100_000_000, 16_000_000_000, 55.0, (), NO_GPU)
    assert _machine_text(machine, 0).plain.startswith("cpu 7% 3.1/16G 55°C")
