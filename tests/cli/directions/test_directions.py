"""`ganstudio directions` on a generator whose latents are known: width, place and lean of a bar."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio import bridge
from ganstudio.inference.latent.classifier import KEY as CLASSIFIER
from ganstudio.inference.latent.directions import Direction
from ganstudio.inference.latent.finding import sampled
from ganstudio.inference.latent.finding.finder import Finder
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.inference.generators import with_metadata, write_clips, write_linear_encoder, write_styled
from tests.inference.latent.leaning import KINDS, LEAN, write_bars, write_judge
from tests.inference.stores import noise, pack

FEW = ("--samples", "300")


@pytest.fixture
def bars(workspace: Workspace) -> Path:
    return write_bars(workspace.exports / "bars.onnx")


@pytest.fixture
def found(bars: Path, ganstudio: Program) -> Path:
    """The same with two directions beside it."""
    ended = ganstudio("directions", "find", "bars", "--from", "sefa", "--count", "2", *FEW)
    assert (ended.code, ended.out) == (0, "sefa-1\nsefa-2\n"), ended.err
    return bars


def test_a_measures_direction_is_found_named_and_proved(bars: Path, ganstudio: Program) -> None:
    ended = ganstudio("directions", "find", "bars", "--from", "measure", "--only", "slant", "--name", "lean", *FEW)
    assert (ended.code, ended.out) == (0, "lean\n")
    assert "slant follows it by 1.00" in ended.err
    [told] = json.loads(ganstudio("directions", "list", "bars", "--json").out)
    assert (told["model"], told["name"], told["space"], told["measure"]) == ("bars", "lean", "z", "slant")
    assert told["spearman"] > 0.98
    assert told["made"]["strength_1"]["moves_mean_by"] == pytest.approx(1, abs=0.03)
    assert told["class_kept"] is None
    with np.load(bars.with_name("bars.directions.npz")) as stored:
        vector = stored["vectors"][0, 0]
    assert vector[LEAN] / np.linalg.norm(vector) > 0.97


def test_all_measures_that_change_are_found_and_the_others_said(bars: Path, ganstudio: Program) -> None:
    ended = ganstudio("directions", "find", "bars", "--from", "measure", *FEW)
    assert ended.code == 0
    assert set(ended.out.split()) == {"brightness", "size", "slant", "thickness", "balance"}
    listed = ganstudio("directions", "list").out
    assert listed.splitlines()[0].split()[:2] == ["model", "name"]
    shown = ganstudio("directions", "show", "bars").out
    assert "also moves" in shown
    table = [line.split() for line in shown.splitlines()[-6:]]
    assert table[0] == ["moves", "brightness", "size", "slant", "thickness", "balance"]


def test_labels_are_told_by_a_classifier_that_is_trained_once(
    bars: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    data = pack("sides", noise(40, 16), KINDS, [0, 1] * 20)

    def train(*arguments: str) -> dict[str, Any]:
        asked.append(arguments)
        record = {"kind": "classes", "names": list(KINDS), "data": "sides", "accuracy": 0.97, "held_out": 8}
        Path(arguments[2]).parent.mkdir(parents=True, exist_ok=True)
        told = {**record, "fingerprint": data.manifest.fingerprint}
        with_metadata(write_judge(Path(arguments[2])), {CLASSIFIER: json.dumps(told)})
        return record

    monkeypatch.setattr(bridge, "call_worker", train)
    line = ("directions", "find", "bars", "--from", "labels", "--data", "sides", *FEW)
    ended = ganstudio(*line)
    assert (ended.code, ended.out) == (0, "class-left\nclass-right\n")
    assert "right on 97.0% of 8 held-out pictures" in ended.err
    assert asked == [("classifier", str(data.path), str(bars.with_name("classifiers") / "sides.onnx"))]
    [told] = json.loads(ganstudio(*line, "--only", "right", "--json").out)
    assert len(asked) == 1
    assert (told["measure"], told["reach_of"]) == ("class right", "sides")
    assert 0 <= told["class_kept"] <= 1
    assert told["sure"] > 0


def test_strips_are_written_and_say_what_they_are(found: Path, ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("directions", "show", "bars", "sefa-1", "--seed", "0-1", "--out", tmp_path / "strips")
    path = tmp_path / "strips" / "bars-sefa-1.png"
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == str(path)
    with Image.open(path) as picture:
        assert picture.size == (9 * 16, 2 * 16)
        assert picture.info["Direction"] == "sefa-1 from -2 to 2"
    pixels = np.asarray(Image.open(path))
    sample = ganstudio("sample", "--model", "bars", "--seed", "1", "--out", tmp_path / "one.png")
    assert sample.code == 0
    assert (pixels[16:, 4 * 16 : 5 * 16] == np.asarray(Image.open(tmp_path / "one.png"))).all()  # strength 0
    assert (pixels[:16, :16] != pixels[:16, 8 * 16 :]).any()


def test_a_strength_beyond_the_data_is_said_and_drawn(found: Path, ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("directions", "show", "bars", "sefa-1", "--strength", "50", "--out", tmp_path)
    assert ended.code == 0
    assert "sefa-1: at -50 and 50 most pictures are beyond" in ended.err


def test_directions_get_other_names_and_go(found: Path, ganstudio: Program) -> None:
    assert ganstudio("directions", "rename", "bars", "sefa-1", "width").out == "width\n"
    asked = ganstudio("directions", "remove", "bars", "width")
    assert (asked.code, asked.out) == (2, "")
    assert "ganstudio directions remove bars width --yes" in asked.err
    assert ganstudio("directions", "remove", "bars", "width", "sefa-2", "--yes").out == "width\nsefa-2\n"
    assert not found.with_name("bars.directions.npz").exists()
    assert "ganstudio directions find bars --from measure" in ganstudio("directions", "show", "bars").err


@pytest.mark.parametrize(("done", "stored"), [(0, []), (2, ["pca-1", "pca-2"])])
def test_ctrl_c_keeps_what_was_found_so_far(
    bars: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch, done: int, stored: list[str]
) -> None:
    whole = Finder.components

    def interrupted(finder: Finder, count: int) -> Iterator[Direction]:
        yield from itertools.islice(whole(finder, count), done)
        raise KeyboardInterrupt

    monkeypatch.setattr(Finder, "components", interrupted)
    ended = ganstudio("directions", "find", "bars", "--from", "pca", "--count", "3", *FEW)
    assert (ended.code, ended.out) == (130, "")
    assert ("stored: pca-1, pca-2." if done else "Stopped: no direction was stored") in ended.err
    assert [one["name"] for one in json.loads(ganstudio("directions", "list", "bars", "--json").out)] == stored


@pytest.mark.parametrize("encoder", [False, True])
def test_directions_of_ws_are_listed_with_and_without_an_encoder(
    workspace: Workspace, ganstudio: Program, encoder: bool
) -> None:
    path = write_styled(workspace.exports / "styled.onnx")
    if encoder:
        write_linear_encoder(path)
    assert ganstudio("directions", "find", "styled", "--from", "sefa", "--count", "1", "--samples", "200").code == 0
    listed = ganstudio("directions", "list", "styled", "--json")
    assert [one["space"] for one in json.loads(listed.out)] == ["w"]
    assert ganstudio("directions", "rename", "styled", "sefa-1", "first").out == "first\n"


def test_directions_go_with_their_model(found: Path, ganstudio: Program) -> None:
    assert ganstudio("export", "remove", "bars", "--yes").code == 0
    assert not found.with_name("bars.directions.npz").exists()


def test_directions_of_another_model_are_refused_and_found_anew(found: Path, ganstudio: Program) -> None:
    write_bars(found, gain=2.0)
    ended = ganstudio("directions", "show", "bars")
    assert ended.code == 2
    assert "of another model" in ended.err
    assert ganstudio("directions", "find", "bars", "--from", "sefa", "--count", "1", *FEW).out == "sefa-1\n"
    assert [one["name"] for one in json.loads(ganstudio("directions", "list", "--json").out)] == ["sefa-1"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--from mesure", "Did you mean 'measure'?"),
        ("--from measure --only tickness", "Did you mean 'thickness'?"),
        ("--from measure --only warmth", "grey pictures have none"),
        ("--from measure --keep tickness --only size", "no direction and no measure. Did you mean 'thickness'?"),
        ("--from measure --samples 10", "--samples: from 200"),
        ("--from measure --layers coarse", "no layers to choose from"),
        ("--from measure --name a", "for one direction"),
        ("--from pca --only 1", "pca has no names to choose from"),
        ("--from pca --count 0", "--count: from 1"),
        ("--from pairs --before 0-3", "from where to where"),
        ("--from sefa --before 0-3", "go with --from pairs"),
        ("--from labels", "of which data set"),
        ("--from classifier", "which one"),
        ("--from classifier:none.onnx", "there is no such file"),
        ("--from measure --data colours", "its pictures are RGB, those of bars grey"),
        ("--from labels --data plain", "has no labels"),
        ("--from labels --data kinds --only lft", "kinds has no such label. Did you mean 'left'?"),
        ("--from pairs --before 0-3 --after none.npz", "none.npz cannot be read"),
        ("--from pairs --before . --after 0-3", "--before .: there is no picture in that folder"),
        ("--from pairs --before 0-3 --after folder", "--after: 'folder' is no seed"),
        ("--from pairs --before 0-3 --after 0-3", "the same latents"),
    ],
)
def test_what_cannot_be_found_is_refused_before_samples_are_drawn(
    bars: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    def draw(*_: object) -> None:
        raise AssertionError("samples are drawn")

    monkeypatch.setattr(sampled, "draw", draw)
    (bars.parent / "notes.txt").touch()
    monkeypatch.chdir(bars.parent)
    pack("colours", noise(8, 16, channels=3))
    pack("plain", noise(8, 16))
    pack("kinds", noise(8, 16), labels=[0, 1] * 4, classes=("left", "right"))
    ended = ganstudio("directions", "find", "bars", *line.split(), *(() if "--samples" in line else FEW))
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err


def test_clips_have_no_directions(workspace: Workspace, ganstudio: Program) -> None:
    write_clips(workspace.exports / "clips.onnx")
    ended = ganstudio("directions", "find", "clips", "--from", "measure")
    assert ended.code == 2
    assert "directions are of pictures" in ended.err


def test_nothing_of_it_needs_torch(bars: Path, workspace: Workspace) -> None:
    program = (
        "import sys; from ganstudio.cli.app import run;"
        f"assert run(['--workspace', {str(workspace.root)!r}, 'directions', 'find', 'bars', '--from', 'pca',"
        " '--count', '1', '--samples', '200']) == 0;"
        "print([name for name in ('torch', 'ganstudio.engine', 'textual') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["pca-1", "[]"]
