"""What other programs do on GPUs, told by a stand-in for NVIDIA's library."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from ganstudio.errors import UsageError
from ganstudio.runs import process
from ganstudio.runs.queue import devices, gpus, tickets, waiting
from ganstudio.workspace import Workspace
from tests.runs.making import make_run

GB = 10**9


class NVMLError(Exception):
    pass


class Library(types.ModuleType):
    """GPUs of 24 GB. `programs` are (GPU, pid, bytes); bytes are None where the library does not tell."""

    NVMLError = NVMLError

    def __init__(self, count: int = 2) -> None:
        super().__init__("pynvml")
        self.count = count
        self.programs: list[tuple[int, int, int | None]] = []
        self.used: dict[int, int] = {}
        self.asked = 0
        self.missing = False

    def nvmlInit(self) -> None:  # noqa: N802
        self.asked += 1
        if self.missing:
            raise NVMLError("no library")

    def nvmlShutdown(self) -> None:  # noqa: N802
        pass

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index >= self.count:
            raise NVMLError("no such GPU")
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:  # noqa: N802
        return {"GPU-one": 1}[uuid]

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        held = sum(held or 0 for gpu, _, held in self.programs if gpu == handle)
        return types.SimpleNamespace(total=24 * GB, used=self.used.get(handle, held))

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[Any]:  # noqa: N802
        return [types.SimpleNamespace(pid=p, usedGpuMemory=held) for gpu, p, held in self.programs if gpu == handle]


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setattr(devices, "visible_gpus", lambda: ("cuda:0", "cuda:1"))
    return library


def test_a_gpu_that_another_program_fills_is_refused_by_name_and_a_free_one_offered(
    nvml: Library, tmp_path: Path
) -> None:
    nvml.programs = [(0, os.getpid(), 20 * GB)]
    with pytest.raises(UsageError) as caught:
        tickets.take(tmp_path / "a", ("cuda:0",), "alone")
    assert f"(pid {os.getpid()}) on cuda:0, with 20.0 GB of 24.0 GB" in caught.value.message
    assert "--queue" in str(caught.value.hint)
    assert "--device cuda:1 for the GPU that is free" in str(caught.value.hint)
    assert tickets.take(tmp_path / "a", ("cuda:1",), "alone") == ()


def test_a_gpu_that_another_program_fills_is_offered_to_nobody(nvml: Library, tmp_path: Path) -> None:
    tickets.take(tmp_path / "first", ("cuda:0",), "alone")
    nvml.programs = [(1, os.getpid(), 20 * GB)]
    with pytest.raises(UsageError, match="first trains there") as caught:
        tickets.take(tmp_path / "second", ("cuda:0",), "alone")
    assert "--device" not in str(caught.value.hint)


def test_who_shares_asks_nobody(nvml: Library, tmp_path: Path) -> None:
    nvml.programs = [(0, os.getpid(), 20 * GB)]
    assert tickets.take(tmp_path / "a", ("cuda:0",), "share") == ()
    assert nvml.asked == 0


@pytest.mark.parametrize(
    ("programs", "used", "busy"),
    [
        ([], 0, False),
        ([(0, 1, 1 * GB)], 1 * GB, False),  # an idle notebook, a desktop
        ([(0, 1, 3 * GB)], 3 * GB, True),
        ([], 20 * GB, True),  # a container sees no other's processes
        ([], 5 * GB, False),
        ([(0, 1, None)], 20 * GB, True),
        ([(0, 1, None)], 5 * GB, False),
    ],
)
def test_a_gpu_is_filled_by_what_it_holds(
    nvml: Library, programs: list[tuple[int, int, int | None]], used: int, busy: bool
) -> None:
    nvml.programs, nvml.used = programs, {0: used}
    assert bool(gpus.other_programs(["cuda:0"])) is busy


def test_a_gpu_is_found_by_its_uuid_and_none_is_an_answer_too(nvml: Library) -> None:
    nvml.programs = [(1, os.getpid(), 20 * GB)]
    assert len(gpus.other_programs(["cuda:GPU-one"])) == 1
    assert gpus.other_programs(["cuda:7"]) == gpus.other_programs(["cpu", "mps"]) == ()
    nvml.missing = True
    assert gpus.other_programs(["cuda:1"]) == ()


def test_a_run_that_queues_waits_until_the_program_is_gone(
    nvml: Library, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml.programs = [(0, os.getpid(), 20 * GB)]
    path = make_run(workspace, device="cuda:0")
    [waits] = tickets.take(path, ("cuda:0",), "queue")
    assert waits.endswith("on cuda:0, with 20.0 GB of 24.0 GB")
    process.write_event(path, "queued", ahead=[waits])
    monkeypatch.setattr(waiting, "PROGRAMS_S", 0.0)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    patience = waiting.QueueWait(path)
    looks: list[int] = []

    def look(run: Path) -> tuple[str, ...]:
        looks.append(1)
        return () if len(looks) > 2 else (waits,)

    monkeypatch.setattr(tickets, "programs", look)
    assert patience.wait()
    assert len(looks) == 3
