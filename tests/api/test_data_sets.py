"""Data sets in Python: checked by the command, shown as its contact sheet, scored by name."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import ganstudio
from ganstudio.workspace import Workspace as Folders
from tests.inference.stores import noise, pack


@pytest.fixture
def ws(workspace: Folders) -> ganstudio.Workspace:
    images = np.concatenate([noise(20), noise(20)[:1]])
    pack("letters", images, ("a", "b"), [0] * 15 + [1] * 6)
    return ganstudio.Workspace(workspace.root)


def test_a_check_tells_copies_and_balance(ws: ganstudio.Workspace) -> None:
    found = ws.data["letters"].check()
    assert [[one["index"] for one in group] for group in found["duplicates"]] == [[0, 20]]
    assert found["balance"]["ratio"] == 2.5


def test_a_notebook_sees_a_column_for_each_class(ws: ganstudio.Workspace) -> None:
    data = ws.data["letters"]
    with Image.open(io.BytesIO(data._repr_png_())) as sheet:
        pixels = np.asarray(sheet)
        height, width = data.images.shape[1:3]
        assert sheet.size == (2 * width, 8 * height)
    np.testing.assert_array_equal(pixels[:height, width:], data.images[15, ..., 0])


def test_what_is_scored_may_be_a_data_set_or_a_name(ws: ganstudio.Workspace) -> None:
    for target in (ws.data["letters"], "letters"):
        with pytest.raises(ganstudio.UsageError, match="nothing"):
            ws.evaluate(target, against="nothing")
