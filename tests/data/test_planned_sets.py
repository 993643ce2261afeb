"""Sets of another size that are not made, against those that are."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.derived.planned_sets import PlannedSet, planned_at
from ganstudio.data.store import DataSet, names
from ganstudio.workspace import data_home
from tests.data.test_derived_sets import solid
from tests.inference.stores import pack


def square(name: str) -> DataSet:
    """Three images of 8 px, of two classes."""
    pack(name, np.arange(3 * 64, dtype=np.uint8).reshape(3, 8, 8, 1), ("a", "b"), [0, 1, 1])
    return DataSet.load(data_home() / name)


TOLD = ("name", "count", "resolution", "rectangle", "channels", "axes", "depth", "classes", "parent", "enlarged")


@pytest.mark.parametrize(
    ("axes", "depth", "size"), [("HWC", None, 12), ("HWC", None, (12, 24)), ("THWC", 5, 12), ("DHWC", 8, 12)]
)
def test_a_planned_set_says_what_the_derived_one_will(
    home: object, axes: str, depth: int | None, size: int | tuple[int, int]
) -> None:
    data = square("odd") if depth is None else solid("odd", axes, depth=depth, side=8)
    planned = planned_at(data, size)
    assert isinstance(planned, PlannedSet)
    assert names() == ["odd"]
    made = at_resolution(data, size)
    for key in TOLD:
        assert getattr(planned.manifest, key) == getattr(made.manifest, key), key
    assert planned.images().shape == made.images().shape
    assert planned.note.startswith(f"a run first makes {made.manifest.name} of the packed {data.manifest.noun}")
    assert planned_at(data, size) == made


def test_a_size_that_batches_are_averaged_down_to_needs_no_plan(home: object) -> None:
    data = square("even")
    assert planned_at(data, 4) is data


def test_the_images_of_a_planned_set_take_the_memory_of_one(home: object) -> None:
    planned = planned_at(square("odd"), 1024)
    images = planned.images("c")
    assert images.strides[0] == 0
    assert (images[0] == images[-1]).all()
    assert isinstance(planned, DataSet)
