"""The whole way in Python: pictures, a training, its numbers, an export, samples, a fork."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganstudio
from ganstudio.workspace import Workspace as Folders


@pytest.mark.slow
def test_from_pictures_to_samples(workspace: Folders, photos: Path) -> None:
    ws = ganstudio.Workspace(workspace.root)
    data = ws.data.add(photos, name="noise")
    assert (len(data), data.images.shape[1:]) == (40, (32, 32, 3))
    small = {"architecture.channels": 8, "training.batch": 8, "evaluation.features": "none"}
    run = ws.train("dcgan", data="noise", kimg=0.08, seed=1, name="first", set=small)
    assert run.wait(timeout=300).state == "finished"
    assert run.metrics()["losses.d"].nimg[-1] == 80
    assert run.samples()
    drawn = run.export().sample(seeds=range(4))
    assert drawn.pixels.shape == (4, 32, 32, 3)
    assert [one.name for one in ws.models] == ["first"]
    fork = run.fork(at=0.08, set={"training.kimg": 0.16, "generator_optimizer.lr": 1e-4}, name="second")
    assert fork.wait(timeout=300).kimg == 0.16
    assert [one.id for one in ws.runs] == ["first", "second"]
    assert len(ws.data) == 1
