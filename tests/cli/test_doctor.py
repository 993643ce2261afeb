from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge, cpu_count
from ganstudio.runs.queue import devices, tickets
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.cli.driving import quick_answer
from tests.cli.terminal import Terminal

CHECKS = [
    *("python", "torch", "gpu", "queue", "onnxruntime", "memory"),
    *("workspace", "data", "weights", "terminal"),
]
FACTS = {
    "torch": {"version", "cuda", "threads", "devices"},
    "gpu": {"driver", "gpus", "visible"},
    "onnxruntime": {"version", "providers"},
    "memory": {"total_bytes", "available_bytes", "cores"},
    "workspace": {"path", "free_bytes"},
    "data": {"path", "free_bytes", "sets"},
    "terminal": {"columns", "rows", "interactive", "colours", "utf8", "images", "tmux"},
}


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers at once: what it says of a real torch is the first test's."""
    monkeypatch.setattr(bridge, "call_worker", quick_answer)


def checks(answer: str) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(answer)["checks"]}


def test_everything_is_looked_at(ganstudio: Program, workspace: Workspace) -> None:
    ended = ganstudio("doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["ok"]
    found = checks(ended.out)
    assert list(found) == CHECKS
    assert all(list(check) == ["name", "state", "found", "means", "try", "facts"] for check in found.values())
    for name, facts in FACTS.items():
        assert set(found[name]["facts"]) == facts
    assert found["torch"]["facts"]["devices"][-1]["name"] == "cpu"
    assert "cpu" in found["onnxruntime"]["facts"]["providers"]
    assert list(workspace.root.iterdir()) == []


def test_a_person_reads_a_line_for_each(ganstudio: Program, workspace: Workspace, torch: None) -> None:
    ended = ganstudio("doctor")
    assert ended.code == 0
    assert [line.split()[1] for line in ended.out.splitlines() if line[0] != " "] == CHECKS
    assert "trains on cpu in fp32: its hardware knows no bf16" in ended.out


def test_no_gpu_is_said_and_is_no_error(
    ganstudio: Program, workspace: Workspace, torch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "nvidia_driver", lambda: False)
    assert "no NVIDIA GPU" in ganstudio("doctor").out


def test_a_gpu_that_torch_was_not_built_for_is_noted(
    ganstudio: Program, workspace: Workspace, torch: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text('#!/bin/sh\necho "NVIDIA RTX A2000, 550.54, 12282 MiB, 431 MiB"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(devices, "nvidia_driver", lambda: True)
    monkeypatch.setattr(devices, "torch_knows_cuda", lambda: False)
    ended = ganstudio("doctor", "--json")
    assert ended.code == 0
    gpu = checks(ended.out)["gpu"]
    assert gpu["state"] == "note"
    assert gpu["found"] == "NVIDIA RTX A2000 (431 MiB of 12282 MiB used), driver 550.54"
    assert "torch is built without CUDA" in gpu["means"]


def test_a_torch_that_cannot_be_imported_is_broken(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libcudart.so.12: cannot open shared object file')")
    repository = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), repository]))
    ended = ganstudio("doctor")
    assert ended.code == 1
    assert "fails: import torch: OSError: libcudart.so.12" in ended.out
    assert "Traceback" not in ended.out + ended.err
    assert ended.err == "error: broken: torch.\n"


def test_a_workspace_that_cannot_be_written_is_broken(ganstudio: Program, workspace: Workspace, torch: None) -> None:
    workspace.runs.write_text("a file where the folder should be")
    ended = ganstudio("doctor", "--json")
    assert ended.code == 1
    found = checks(ended.out)["workspace"]
    assert (found["state"], found["try"]) == ("broken", "ganstudio --workspace DIR doctor")
    assert "cannot be written" in found["found"]
    assert not json.loads(ended.out)["ok"]


def test_a_data_folder_that_may_only_be_read_is_noted_where_it_holds_data_and_else_broken(
    ganstudio: Program, workspace: Workspace, torch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(folder: Path) -> str | None:
        return f"{folder} cannot be written: Read-only file system" if folder == data_home() else None

    monkeypatch.setattr("ganstudio.cli.doctor._write_problem", unwritable)
    ended = ganstudio("doctor", "--json")
    assert (ended.code, checks(ended.out)["data"]["state"]) == (1, "broken")
    (data_home() / "photos").mkdir(parents=True)
    ended = ganstudio("doctor", "--json")
    found = checks(ended.out)["data"]
    assert (ended.code, found["state"], found["facts"]["sets"]) == (0, "note", 1)
    assert "can be trained on and scored" in found["means"]


def test_the_cores_are_those_that_a_quota_leaves(
    ganstudio: Program, workspace: Workspace, torch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu_count, "quota", lambda: 1.0)
    monkeypatch.setattr(cpu_count, "_usable_cores", lambda: 64)
    memory = checks(ganstudio("doctor", "--json").out)["memory"]
    assert (memory["facts"]["cores"], memory["means"]) == (1, "a CPU quota leaves no more cores than these")


def test_a_workspace_that_is_not_there_is_broken(
    ganstudio: Program, torch: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", str(tmp_path / "none"))
    ended = ganstudio("doctor")
    assert ended.code == 1
    assert f"try: mkdir -p {tmp_path / 'none'}" in ended.out


def test_the_runs_that_use_a_device_are_named(
    ganstudio: Program, workspace: Workspace, torch: None, tmp_path: Path
) -> None:
    tickets.take(tmp_path / "mine", ("cuda:0",), "alone")
    assert "mine on cuda:0" in ganstudio("doctor").out


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "100 x 40, true colour, UTF-8"),
        ({"COLORTERM": ""}, "256 colours"),
        ({"COLORTERM": "", "TERM": "xterm"}, "pictures need 256 colours"),
        ({"NO_COLOR": "1"}, "NO_COLOR is set"),
        ({"TERM": "xterm-kitty"}, "images by kitty"),
        ({"TERM_PROGRAM": "WezTerm"}, "images by kitty, sixel, iterm"),
        ({"PYTHONIOENCODING": "ascii"}, "bars and pictures need UTF-8"),
    ],
)
def test_the_terminal_is_known_by_its_environment(
    workspace: Workspace, environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    for name in ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION", "LC_TERMINAL", "TERM_PROGRAM", "TMUX"):
        environment = {name: "", **environment}
    environment = {name: value for name, value in environment.items() if value or name == "COLORTERM"}
    with Terminal("doctor", **environment) as terminal:
        assert terminal.ended() == 0
    assert said in terminal.text
    if "NO_COLOR" in environment:
        assert "\x1b[3" not in terminal.raw
