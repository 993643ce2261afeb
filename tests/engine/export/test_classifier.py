"""Classifiers of a data set's labels, trained by the worker and run without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.engine.export import classifier as training
from ganstudio.errors import UsageError
from ganstudio.inference.latent.classifier import Classifier
from tests.inference.stores import noise, pack

COUNT = 240


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "steps_for", lambda _count: 60)


def halves(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise that is brighter on the left or on the right."""
    sides = np.arange(count) % 2
    pixels = noise(count, 16) // 2
    for side in (0, 1):
        pixels[sides == side, :, 8 * side : 8 * side + 8] += 100
    return pixels, sides


def test_classes_are_learnt_and_named(tmp_path: Path) -> None:
    pixels, sides = halves(COUNT)
    data = pack("sides", pixels, ("left", "right"), sides)
    made = training.train_classifier(data.path, tmp_path / "new" / "sides.onnx")
    assert made["accuracy"] > 0.9
    found = Classifier.open(tmp_path / "new" / "sides.onnx")
    assert (found.names, found.exclusive, found.shape) == (("left", "right"), True, (1, 16, 16))
    assert found.made["fingerprint"] == data.manifest.fingerprint
    assert (found.log_odds(pixels).argmax(1) == sides).mean() > 0.9


def test_attributes_are_answered_one_by_one(tmp_path: Path) -> None:
    pixels, sides = halves(COUNT)
    pixels = np.concatenate([pixels, 255 - pixels])
    attributes = np.stack([np.concatenate([sides, 1 - sides]), np.arange(2 * COUNT) >= COUNT], axis=1)
    data = pack("both", pixels, labels=attributes, attributes=("right", "inverted"))
    training.train_classifier(data.path, tmp_path / "both.onnx")
    found = Classifier.open(tmp_path / "both.onnx")
    assert (found.names, found.exclusive) == (("right", "inverted"), False)
    assert found.thing("inverted") == "attribute inverted"
    assert ((found.log_odds(pixels)[:, 1] > 0) == attributes[:, 1]).mean() > 0.8


def test_data_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no labels"):
        training.train_classifier(pack("bare", noise(8, 16)).path, tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()
