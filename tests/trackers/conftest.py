"""A run that was made by hand: trained, killed, resumed, scored, with grids."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.runs.store import view
from ganstudio.trackers.exporter import Exporter
from ganstudio.workspace import Workspace
from tests.runs.making import make_run, started, tell, tick


def tell_all(run: Path, *happened: dict[str, object]) -> None:
    for event in happened:
        fields = dict(event)
        tell(run, str(fields.pop("event")), fields.pop("nimg"), fields.pop("time_s"), **fields)  # type: ignore[arg-type]


def score(nimg: int, name: str, value: float = 4.0) -> dict[str, object]:
    return {"event": "evaluated", "nimg": nimg, "time_s": nimg / 100, "score": name, "value": value, "better": "lower"}


def resumed(nimg: int) -> dict[str, object]:
    return {
        "event": "resumed",
        "nimg": nimg,
        "time_s": nimg / 100,
        "checkpoint": f"checkpoints/{nimg:010}.pt",
        "best": None,
    }


def draw(run: Path, nimg: int, name: str | None = None) -> None:
    from PIL import Image

    path = run / (name or f"samples/{nimg:010}.png")
    Image.new("L", (24, 16), nimg % 251).save(path)
    if name is None:
        tell(run, "samples", nimg, nimg / 100, path=f"samples/{nimg:010}.png")


@pytest.fixture
def trained(workspace: Workspace) -> Path:
    """It was killed at 3000 images, resumed from 2000, and has trained 4000."""
    run = make_run(workspace, "digits-1")
    draw(run, 7, "real.png")
    tell_all(run, started(), tick(1000), tick(2000, 0.4), score(2000, "FD[lenet]-5k"), tick(3000, 99.0))
    tell_all(run, started(2000), resumed(2000), tick(3000, 0.3), tick(4000, 0.2), score(4000, "FID-10k"))
    draw(run, 4000)
    return run


def export(run: Path, kind: str, folder: Path | None = None) -> int:
    """The number of records that were new."""
    one = view(run)
    exporter = Exporter(kind, folder or run / kind, one.path, one.record, lambda *_: [])
    with exporter.running():
        exporter.step()
    return exporter.written


@pytest.fixture(autouse=True)
def environment_kept() -> Iterator[None]:
    """Trackers are told by the environment to stay offline."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
