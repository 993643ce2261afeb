"""Runs made by hand, without a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ganstudio.runs import events
from ganstudio.runs.create import create_run
from ganstudio.runs.record import RunRecord
from ganstudio.runs.state import RunState, fold
from ganstudio.workspace import Workspace

DRAFT = RunRecord(
    id="",
    name="",
    preset="dcgan",
    recipe={"data": {"resolution": 32}, "training": {"kimg": 100.0, "batch": 64}},
    seed=0,
    device="auto",
    processes=1,
    minutes=None,
    data={
        "name": "digits",
        "path": "/data/digits",
        "fingerprint": "f",
        "count": 1000,
        "resolution": 32,
        "channels": 1,
        "classes": [],
    },
    parent=None,
    architecture_sha256=None,
    created="2026-01-01T00:00:00.000+00:00",
    versions={"ganstudio": "0.1.0", "python": "3.11"},
)
STARTED: dict[str, Any] = {
    "device": "cpu",
    "precision": "fp32",
    "processes": 1,
    "kimg_total": 100.0,
    "batch": 64,
    "notes": [],
}


def make_run(workspace: Workspace, name: str = "", **changes: Any) -> Path:
    return create_run(workspace, replace(DRAFT, name=name, **changes))


def tell(run_dir: Path, event: str, nimg: int = 0, time_s: float = 0.0, **fields: Any) -> int:
    """The offset after one more event of the run."""
    writer = events.EventWriter(run_dir / events.NAME)
    writer.write(event, nimg, time_s, **fields)
    offset = writer.offset
    writer.close()
    return offset


def tick(nimg: int, d: float = 0.5, rate: float = 100.0) -> events.Event:
    return {"event": "tick", "nimg": nimg, "time_s": nimg / 100, "losses": {"d": d, "g": 2 * d}, "img_per_s": rate}


def started(nimg: int = 0) -> events.Event:
    return {"event": "started", "nimg": nimg, "time_s": nimg / 100, **STARTED}


def folded(*happened: events.Event) -> RunState:
    state = RunState()
    for event in happened:
        state = fold(state, event)
    return state
