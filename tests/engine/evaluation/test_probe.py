"""The linear probe of a critic's features: what it is compared with, and that it finds what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganstudio.data.store import DataSet
from ganstudio.engine.evaluation.probe import fitted, probe
from ganstudio.errors import UsageError
from ganstudio.runs.record import NAME, load_record

CPU = torch.device("cpu")


def test_a_fitted_regression_is_where_the_gradient_is_zero() -> None:
    """By hand: rows +1 and -1 of two classes; the slope solves sigmoid(-s) = 2 * penalty * s for s = w1 - w0."""
    rows, labels = torch.tensor([[1.0], [-1.0]]), torch.tensor([1, 0])
    penalty = 0.1
    layer = fitted(rows, labels, 2, penalty)
    slope = (layer.weight[1] - layer.weight[0]).item()
    # each of the two weights is slope / 2, so the penalty is penalty * slope**2 / 2 and its derivative penalty * slope
    assert torch.sigmoid(torch.tensor(-slope)).item() == pytest.approx(penalty * slope, abs=1e-3)


def test_labels_of_noise_are_read_by_nobody(trained_once: Callable[[str], Path]) -> None:
    run = trained_once("relativistic_pair")
    data = DataSet.load(Path(str(load_record(run / NAME).data["path"])))
    found = probe(run, "last", data, 5000, CPU)
    assert found["kind"] == "classes"
    assert list(found["probes"]) == ["critic", "untrained critic", "pixels"]
    assert found["n"] == data.manifest.count // 2
    assert found == probe(run, "last", data, 5000, CPU)
    for one in found["probes"].values():
        low, high = one["interval"]
        assert low <= 1 / 3 + 0.2  # three classes of noise
        assert high >= 1 / 3 - 0.1


def test_pictures_of_other_channels_are_refused(trained_once: Callable[[str], Path]) -> None:
    run = trained_once("relativistic_pair")
    data = DataSet.load(Path(str(load_record(run / NAME).data["path"])))
    coloured = replace(data, manifest=replace(data.manifest, channels=3))
    with pytest.raises(UsageError, match="is coloured, and the critic of relativistic_pair reads grey pictures"):
        probe(run, "last", coloured, 100, CPU)


def test_data_without_labels_are_refused(trained_once: Callable[[str], Path]) -> None:
    run = trained_once("relativistic_pair")
    data = DataSet.load(Path(str(load_record(run / NAME).data["path"])))
    bare = replace(data, manifest=replace(data.manifest, classes=(), class_counts=()))
    with pytest.raises(UsageError, match="has no labels to read"):
        probe(run, "last", bare, 100, CPU)
