"""Runs in a file store, read back by MLflow's client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runs.making import tick
from tests.trackers.conftest import export, resumed, started, tell_all

pytest.importorskip("mlflow", reason="MLflow is not installed: pip install 'ganstudio[mlflow]'")


def read(store: Path) -> tuple[Any, Any]:
    """The client, and the one run."""
    from mlflow import MlflowClient

    client = MlflowClient(store.as_uri())
    [experiment] = [one for one in client.search_experiments() if one.name == "ganstudio"]
    [run] = client.search_runs([experiment.experiment_id])
    return client, run


def curve(store: Path, name: str) -> list[tuple[int, float]]:
    client, run = read(store)
    return [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, name)]


def test_numbers_recipe_and_grids_are_there_and_twice_is_once(trained: Path) -> None:
    export(trained, "mlflow")
    assert export(trained, "mlflow") == 0
    client, run = read(trained / "mlflow")
    assert curve(trained / "mlflow", "Loss/Discriminator") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.2)]
    assert curve(trained / "mlflow", "Metrics/FD-lenet-5k") == [(2000, 4.0)]
    assert (run.info.run_name, run.data.params["training.kimg"]) == ("digits-1", "100.0")
    assert "images" in run.data.tags["Steps"]
    artifacts = [one.path for folder in ("", "samples") for one in client.list_artifacts(run.info.run_id, folder)]
    assert {"real.png", "samples/0000004000.png"} <= set(artifacts)


def test_what_is_new_is_added_to_the_same_run(trained: Path) -> None:
    export(trained, "mlflow")
    before = read(trained / "mlflow")[1].info.run_id
    tell_all(trained, tick(5000, 0.1))
    export(trained, "mlflow")
    assert read(trained / "mlflow")[1].info.run_id == before
    assert [step for step, _ in curve(trained / "mlflow", "Loss/Generator")] == [1000, 2000, 3000, 4000, 5000]


def test_a_later_resume_takes_back_what_it_threw_away(trained: Path) -> None:
    export(trained, "mlflow")
    tell_all(trained, started(3000), resumed(3000), tick(4000, 0.7))
    export(trained, "mlflow")
    assert curve(trained / "mlflow", "Loss/Discriminator") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.7)]
