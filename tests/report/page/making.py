"""Runs as reports are made of, by hand: numbers, samples, a log, and an export in the place of training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from ganstudio.inference.exports import Export
from ganstudio.runs import store
from ganstudio.runs.store import RunView
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator
from tests.runs.making import STARTED, make_run, tell

MOMENTS = (0, 1000, 2000, 3000)


def reported_run(workspace: Workspace, name: str = "digits", **changes: Any) -> RunView:
    """A run of 3 kimg with scores, and grids of samples that are greyer the later they are."""
    folder = make_run(workspace, name, **changes)
    tell(folder, "started", **STARTED, scoring={"features": "lenet", "n": 500})
    (folder / "samples").mkdir(exist_ok=True)
    lines = []
    for nimg in MOMENTS:
        losses = {"d": 2.0 - nimg / 2000, "g": 1.0 + nimg / 1000}
        tell(folder, "tick", max(nimg, 64), losses=losses, penalties={}, d_real=1.0, d_fake=-1.0, img_per_s=100.0)
        tell(folder, "evaluated", max(nimg, 64), score="FD[lenet]-500", value=100.0 - nimg / 50, better="lower")
        Image.new("L", (64, 64), nimg // 20).save(folder / "samples" / f"{nimg:010}.png")
        lines.append(f"{nimg / 1000:>8.1f} kimg  wrote samples/{nimg:010}.png")
    tell(folder, "finished", MOMENTS[-1], reason="budget")
    (folder / "log.txt").write_text("\n".join(lines) + "\n")
    (folder / "checkpoints").mkdir(exist_ok=True)
    (folder / "checkpoints" / "0000002000.pt").write_bytes(b"")
    return store.view(folder)


def export_of(run: RunView, workspace: Workspace, **options: Any) -> Export:
    """A generator of untrained weights, as the export of the run's checkpoint."""
    path = workspace.exports / f"{run.id}.onnx"
    path.parent.mkdir(exist_ok=True)
    told = {"run": run.id, "run_created": run.record.created, "checkpoint_nimg": 2000}
    return Export.load(write_generator(path, **told, **options))


def with_data(run: RunView, **data: Any) -> RunView:
    """The run with other words in what its record says of its data."""
    return replace(run, record=replace(run.record, data={**run.record.data, **data}))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
