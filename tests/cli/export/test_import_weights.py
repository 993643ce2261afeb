"""`export import` with weights: what is refused before any worker, and what is said of an import."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.inference.images.networks import write_upscaler

KNOWN = importlib.util.find_spec


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the worker was asked. It writes a small network, and needs neither torch nor spandrel."""
    asked: list[tuple[str, ...]] = []

    def answer(*arguments: str) -> dict[str, Any]:
        asked.append(arguments)
        write_upscaler(Path(arguments[2]))
        return {"architecture": "ESRGAN", "parameters": 16_697_987, "notes": ["of one size"]}

    monkeypatch.setattr(bridge, "call_worker", answer)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "spandrel" or KNOWN(name))
    return asked


def test_weights_become_an_export_that_upscale_takes(
    ganstudio: Program, workspace: Workspace, worker: list[tuple[str, ...]]
) -> None:
    Path("Real ESRGAN.PTH").write_bytes(b"weights")
    ended = ganstudio("export", "import", "Real ESRGAN.PTH")
    made = workspace.exports / "Real-ESRGAN.onnx"
    assert ended.out == f"{made}\n"
    assert "Real ESRGAN.PTH: ESRGAN, 16,697,987 parameters" in ended.err
    assert "Real-ESRGAN: of one size." in ended.err
    assert "ganstudio upscale IMAGE --model Real-ESRGAN --out DIR" in ended.err
    assert worker == [("import-weights", "Real ESRGAN.PTH", str(made))]
    again = ganstudio("export", "import", "Real ESRGAN.PTH")
    assert again.code == 2
    assert "--name Real-ESRGAN-2" in again.err
    assert len(worker) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("export import nowhere.pth", "nowhere.pth is no file."),
        ("export import here.pth --range 0,1", "theirs is 0,1: leave --range out"),
        ("export import here.onnx", "An ONNX file does not say.\ntry: ganstudio export import here.onnx --range -1,1"),
    ],
)
def test_what_cannot_be_imported_is_refused_before_a_worker_starts(
    line: str, says: str, ganstudio: Program, workspace: Workspace, worker: list[tuple[str, ...]]
) -> None:
    Path("here.pth").write_bytes(b"weights")
    ended = ganstudio(*line.split())
    assert (ended.code, ended.out, worker) == (2, "", [])
    assert says in ended.err
    assert not workspace.exports.exists()


def test_without_spandrel_the_command_that_installs_it_is_told(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "spandrel" else KNOWN(name))
    Path("here.pth").write_bytes(b"weights")
    ended = ganstudio("export", "import", "here.pth")
    assert ended.code == 2
    assert "try: pip install 'ganstudio[spandrel]'" in ended.err
    assert not workspace.exports.exists()
