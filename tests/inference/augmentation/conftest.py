"""A data set of pets, a generator of them, a plan, and places to carry it out in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ganstudio.data.store import DataSet
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination
from ganstudio.inference.augmentation.plan import AugmentationPlan, make_plan
from ganstudio.inference.exports import Export
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack

CLASSES = ("dog", "a/cat")


Place = Callable[[AugmentationPlan], FolderDestination | DataSetDestination]


@pytest.fixture
def pets() -> DataSet:
    return pack("pets", noise(300), CLASSES, [0] * 200 + [1] * 100)


@pytest.fixture
def model(tmp_path: Path) -> Export:
    return Export.load(write_generator(tmp_path / "exports" / "cgan.onnx", classes=("a/cat", "dog")))


@pytest.fixture
def plan(pets: DataSet, model: Export) -> AugmentationPlan:
    return make_plan(pets, [150, 70], [(None, model)], seed=1000)


@pytest.fixture(params=["folder", "packed"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """A destination of either kind, by a name of its own."""
    if request.param == "folder":
        return lambda name: lambda plan: FolderDestination(tmp_path / name, plan)
    return lambda name: lambda plan: DataSetDestination(name, plan)
