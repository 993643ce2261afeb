"""A workspace with a plain generator and one with styles, and directions for both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.model import LatentModel
from tests.inference.generators import write_generator, write_styled


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_directions(path: Path, **proofs: dict[str, list[float]]) -> LatentModel:
    """The model at `path`, with a direction of each name and proof; each has a number of its own, below layer 3."""
    model = LatentModel.open(path, "cpu")
    made = []
    for place, (name, proof) in enumerate(proofs.items()):
        vector = np.zeros(model.shape, np.float32)
        vector[:3, place] = 1
        made.append(Direction(name, vector, {"from": "pca"}, proof))
    Directions.of(path, model.whole.manifest, model.space).with_(*made).save()
    return model


@pytest.fixture
def dcgan(here: Path) -> LatentModel:
    return with_directions(write_generator(here / "exports" / "dcgan.onnx"), thickness={"reach": [-2.0, 2.0]}, slant={})


@pytest.fixture
def styled(here: Path) -> LatentModel:
    return with_directions(write_styled(here / "exports" / "stylegan.onnx"), thickness={"reach": [-2.0, 2.0]}, slant={})
