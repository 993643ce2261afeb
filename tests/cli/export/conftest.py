"""Runs to export, and a worker that exports them without torch."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.runs import checkpoints
from ganstudio.runs.create import create_run
from ganstudio.runs.record import RunRecord, load_record
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator

KEYS = (
    "name path task inputs outputs z_dim classes image_shape value_range scale radius multiple translates opset "
    "precision run ema parity latency_ms bytes"
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANSTUDIO_WORKSPACE", raising=False)
    return Workspace(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the worker was asked, in turn. It takes a generator made here for the run's: torch is not what is tested."""
    calls: list[tuple[str, ...]] = []

    def answer(*arguments: str) -> dict[str, Any]:
        calls.append(arguments)
        _, run_dir, _, which, _, out, _, precision, *_ = arguments
        record = load_record(Path(run_dir) / "run.json")
        nimg = round(float(which) * 1000) if which[0].isdigit() else 48_000
        with contextlib.suppress(UsageError):
            nimg = checkpoints.nimg_of(checkpoints.choose(Path(run_dir), which))
        made = {"std": 0.075, "error": 0.0041, "checkpoints": [24_000, 48_000], "fakes": 2048}
        told: dict[str, Any] = {"ema": made if "--ema-std" in arguments else None}
        told |= {"run": record.id, "run_created": record.created, "checkpoint_nimg": nimg}
        write_generator(Path(out), precision=precision, **told)
        return {"path": out}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return calls


def start_run(workspace: Workspace, name: str = "", created: str = "2026-11-22T10:00:00Z") -> Path:
    draft = RunRecord(
        id="",
        name=name,
        preset="dcgan",
        recipe={"training": {"kimg": 1}},
        seed=0,
        device="cpu",
        processes=1,
        minutes=None,
        data={"name": "mnist"},
        parent=None,
        architecture_sha256=None,
        created=created,
        versions={},
    )
    return create_run(workspace, draft)
