from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ganstudio.runs.queue import devices


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_gpu_count", lambda: 2)
    monkeypatch.setattr(devices, "torch_knows_cuda", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("device", "processes", "used"),
    [
        ("cpu", 1, ("cpu",)),
        ("cpu", 2, ("cpu",)),
        ("mps", 1, ("mps",)),
        ("auto", 1, ("cuda:0",)),
        ("cuda", 1, ("cuda:0",)),
        ("cuda", 2, ("cuda:0", "cuda:1")),
        ("cuda:1", 1, ("cuda:1",)),
        ("cuda", 3, ("cuda:0", "cuda:1", "cuda:2")),
    ],
)
def test_a_run_s_devices_follow_its_flags(device: str, processes: int, used: tuple[str, ...]) -> None:
    assert devices.devices_used(device, processes) == used


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("0,1", ("cuda:0", "cuda:1")),
        ("1", ("cuda:1",)),
        ("1, 0", ("cuda:1", "cuda:0")),
        ("", ()),
        ("-1", ()),
        ("0,-1,1", ("cuda:0",)),
        ("0,7", ("cuda:0",)),
        ("GPU-8f2c1e", ("cuda:GPU-8f2c1e",)),
    ],
)
def test_a_hidden_gpu_is_not_seen_and_the_others_keep_the_machine_s_names(
    monkeypatch: pytest.MonkeyPatch, visible: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.visible_gpus() == expected
    assert devices.devices_used("auto") == (expected[:1] or ("mps" if sys.platform == "darwin" else "cpu",))


@pytest.mark.usefixtures("two_gpus")
def test_a_torch_without_cuda_trains_on_the_cpu_beside_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "torch_knows_cuda", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert devices.devices_used("auto") == ("cpu",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cuda: Optional[str] = None\nhip: Optional[str] = '6.2'\n", False),
        ("cuda: Optional[str] = '12.8'\n", True),
        ("cuda = '12.8'\n", True),
        ("__version__ = '2.13.0+cuda'\n", False),
    ],
)
def test_what_torch_was_built_for_is_read_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: bool
) -> None:
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "version.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert devices.torch_knows_cuda() is expected
