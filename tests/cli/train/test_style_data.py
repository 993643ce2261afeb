"""`train --style-data`: what is refused before anything is packed, and what a run's record has of both sets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio import weights
from ganstudio.data import store
from ganstudio.data.pack import add
from ganstudio.data.run_data import data_record, open_run_data
from ganstudio.errors import DataError
from ganstudio.runs.record import load_record
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program

SMALL = ("--set", "data.crop=16", "--set", "training.batch=2", "--kimg", "0.02")


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """A folder of six pictures of noise, 32 x 32 pixels, grey."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for number in range(6):
        pixels = np.random.RandomState(number).randint(0, 256, (32, 32), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """VGG16's weights are taken to be here: no worker that is played needs them."""
    monkeypatch.setattr(weights, "require", Path)


def test_a_run_keeps_both_sets(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, paintings: Path, encoder: None
) -> None:
    ended = ganstudio("train", "stylize", "--data", photos, "--style-data", paintings, *SMALL, "--name", "both")
    assert ended.code == 0, ended.err
    data = load_record(workspace.runs / "both" / "run.json").data
    assert (data["name"], data["styles"]["name"], data["styles"]["styles"]) == ("photos", "paintings", None)
    assert data["styles"]["count"] == 6
    assert data["styles"]["packed"]["source"] == str(paintings)
    assert "styles      paintings, 6 images" in ganstudio("runs", "show", "both").out


def test_a_run_opens_both_sets_again_and_names_the_one_that_is_gone(photos: Path, paintings: Path) -> None:
    recorded = data_record(replace(add(photos, "photos"), styles=add(paintings, "paintings")))
    opened = open_run_data(recorded, "both").styles
    assert opened is not None
    assert opened.manifest.name == "paintings"
    store.remove("paintings")
    with pytest.raises(DataError, match="both: its data set 'paintings' is gone") as gone:
        open_run_data(recorded, "both")
    assert gone.value.hint is not None
    assert str(paintings) in gone.value.hint


def test_without_a_style_set_nothing_is_packed(ganstudio: Program, workspace: Workspace, photos: Path) -> None:
    ended = ganstudio("train", "stylize", "--data", photos)
    assert (ended.code, store.names()) == (2, [])
    assert "--style-data is missing" in ended.err
    assert f"try: ganstudio train stylize --data {photos} --style-data NAME" in ended.err


def test_a_preset_that_takes_no_styles_says_so(
    ganstudio: Program, workspace: Workspace, photos: Path, paintings: Path
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, "--style-data", paintings)
    assert (ended.code, store.names()) == (2, [])
    assert "--style-data: the synthesis task takes no styles." in ended.err
    assert f"try: ganstudio train stylize --data {photos} --style-data {paintings}" in ended.err


def test_without_the_encoders_weights_nothing_is_packed(
    ganstudio: Program, workspace: Workspace, photos: Path, paintings: Path
) -> None:
    ended = ganstudio("train", "stylize", "--data", photos, "--style-data", paintings, "--json")
    error = json.loads(ended.err)
    assert (ended.code, store.names()) == (2, [])
    assert "lpips-vgg16" in error["message"]
    assert "ganstudio weights import lpips-vgg16 FILE.npz" in error["hint"]


def test_styles_smaller_than_the_crop_are_refused_before_contents_are_packed(
    ganstudio: Program, workspace: Workspace, photos: Path, paintings: Path, encoder: None
) -> None:
    ended = ganstudio("train", "stylize", "--data", photos, "--style-data", paintings)
    assert (ended.code, store.names()) == (2, ["paintings"])
    assert "--style-data paintings: its pictures have 32 px, and networks see 128 px of each." in ended.err
    assert "--set data.crop=32" in ended.err


def test_a_style_set_that_is_not_there_is_answered_with_the_nearest(
    ganstudio: Program, workspace: Workspace, photos: Path, paintings: Path, encoder: None
) -> None:
    add(paintings, "paintings")
    ended = ganstudio("train", "stylize", "--data", photos, "--style-data", "paintigns")
    assert (ended.code, store.names()) == (2, ["paintings"])
    assert "'paintings'" in ended.err
