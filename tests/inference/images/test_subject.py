"""Pictures to work on: of files, and those that a run's training never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.run_data import data_record
from ganstudio.errors import UsageError
from ganstudio.inference.images.model import ImageModel, kind_of
from ganstudio.inference.images.subject import HeldOut, held_out, read_subject
from ganstudio.inference.manifest import read_manifest
from ganstudio.workspace import Workspace
from tests.inference.images.networks import write_copier, write_upscaler
from tests.inference.stores import noise, pack
from tests.runs.making import STARTED, make_run, tell

FACTS = {"count": 10, "held_out": 2, "checked": 0, "repeated": 0, "blank": 0, "class_counts": []}


def opened(path: Path) -> ImageModel:
    manifest = read_manifest(path)
    assert manifest is not None
    return ImageModel.open(path, kind_of(manifest), "cpu")


def of_run(workspace: Workspace, model: ImageModel, resolution: int = 32, **told: Any) -> HeldOut | None:
    data = pack("coarse", noise(12, channels=3))
    recipe = {"data": {"resolution": resolution}, "training": {"kimg": 1.0, "batch": 4}}
    run = make_run(workspace, "a", data=data_record(data), recipe=recipe)
    tell(run, "started", **STARTED, data=FACTS | told)
    return held_out(workspace, model.manifest)


def test_an_enlarging_model_is_given_held_out_pictures_made_small(workspace: Workspace) -> None:
    model = opened(write_upscaler(workspace.exports / "up.onnx", run="a"))
    held = of_run(workspace, model, held_rows=[3, 7])
    assert held is not None
    subject = held.subject(3, model)  # counted round
    assert subject.words == "coarse, picture 7, held out, 1/2 of its size"
    small = Image.fromarray(noise(12, channels=3)[7]).resize((16, 16), Image.Resampling.BICUBIC)
    assert np.array_equal(subject.picture.colours, np.asarray(small))


def test_a_held_out_picture_comes_in_the_size_that_the_training_saw(workspace: Workspace) -> None:
    model = opened(write_copier(workspace.exports / "copy.onnx", run="a"))
    held = of_run(workspace, model, resolution=8, held_rows=[0])
    assert held is not None
    assert np.array_equal(held.subject(0, model).picture.colours, noise(12, channels=3)[0, ::4, ::4])


@pytest.mark.parametrize("told", [{}, {"held_rows": []}, {"held_rows": [12]}, {"held_rows": "x"}])
def test_a_run_that_names_no_rows_of_its_data_has_no_held_out_pictures(
    workspace: Workspace, told: dict[str, Any]
) -> None:
    model = opened(write_copier(workspace.exports / "copy.onnx", run="a"))
    assert of_run(workspace, model, **told) is None


def test_a_model_whose_run_is_not_here_has_none(workspace: Workspace) -> None:
    model = opened(write_copier(workspace.exports / "copy.onnx", run="elsewhere"))
    assert held_out(workspace, model.manifest) is None


@pytest.mark.parametrize("content", [b"text", b"", None])
def test_a_file_that_is_no_picture_is_refused_by_its_name(tmp_path: Path, content: bytes | None) -> None:
    model = opened(write_copier(tmp_path / "copy.onnx"))
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.png"):
        read_subject(path, model)
