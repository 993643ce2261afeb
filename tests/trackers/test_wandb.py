"""Offline runs of W&B, read back by its own messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.trackers.imports import wandb_folder
from tests.runs.making import tick
from tests.trackers.conftest import export, tell_all

pytest.importorskip("wandb", reason="W&B is not installed: pip install 'ganstudio[wandb]'")


def curve(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(one.step, one.value) for one in wandb_folder.read(folder).points if one.tag == tag]


def test_a_resumed_run_is_one_curve_and_twice_is_once(trained: Path) -> None:
    export(trained, "wandb")
    assert export(trained, "wandb") == 0
    assert curve(trained / "wandb", "Loss/Discriminator") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.2)]
    assert curve(trained / "wandb", "Metrics/FD[lenet]-5k") == [(2000, 4.0)]


def test_where_the_run_went_on_there_is_still_one_folder(trained: Path) -> None:
    export(trained, "wandb")
    tell_all(trained, tick(5000, 0.1))
    export(trained, "wandb")
    assert [step for step, _ in curve(trained / "wandb", "Loss/Generator")] == [1000, 2000, 3000, 4000, 5000]


def test_grids_are_in_it(trained: Path) -> None:
    export(trained, "wandb")
    assert len(list((trained / "wandb").rglob("offline-run-*/files/media/images/*.png"))) == 2
    cursor = json.loads((trained / "wandb" / ".ganstudio-digits-1.json").read_text())
    assert cursor["writing"] is False
