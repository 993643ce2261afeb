"""Shares of classes and of measured looks: a missing class is named, equal data differ by nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ganstudio.data import pack
from ganstudio.data.store import DataSet
from ganstudio.engine.evaluation.shares.readings import UNSURE, Answers
from ganstudio.engine.evaluation.shares.shares import Asked, shares
from ganstudio.engine.evaluation.sources import Stored
from ganstudio.engine.export.classifier import train_classifier
from ganstudio.errors import UsageError
from tests.engine.evaluation.conftest import write_pictures

CLASSES = ("dark", "grey", "light")


def pictures(level: int, count: int, seed: int) -> np.ndarray:
    """Grey pictures of about one brightness, 16 x 16 pixels."""
    draw = np.random.default_rng(seed)
    return (level + draw.normal(0, 12, (count, 16, 16, 1))).clip(0, 255).astype(np.uint8)


def packed(folder: Path, counts: dict[str, int], seed: int) -> DataSet:
    levels = dict(zip(CLASSES, (50, 128, 200), strict=True))
    for name, count in counts.items():
        write_pictures(folder / name, pictures(levels[name], count, seed))
    return pack.add(folder, size=16)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shares")


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return packed(tmp_path / "levels", dict.fromkeys(CLASSES, 250), 0)


@pytest.fixture
def classifier(data: DataSet, home: Path) -> Path:
    """A classifier of such data, trained once: the same pictures have the same fingerprint."""
    path = home / "levels.onnx"
    if not path.exists():
        train_classifier(data.path, path)
    return path


def test_a_class_that_samples_lack_is_forgotten_and_another_is_favoured(
    data: DataSet, classifier: Path, tmp_path: Path
) -> None:
    other = packed(tmp_path / "drawn", {"dark": 100, "light": 50}, 1)
    found = shares(Stored(other, 16), data, 150, Asked(("classes",), classifier))
    verdicts = {one["name"]: one["verdict"] for one in found["shares"] if one["name"] != UNSURE}
    assert verdicts == {"dark": "more", "grey": "forgotten", "light": "alike"}
    assert found["forgotten"] == ["grey"]
    assert found["n"] == {"data": 150, "samples": 150}  # a fifth of the data was held out
    assert found["classifier"]["accuracy"] == 1.0
    assert found["classifier"]["unseen"]
    grey = found["shares"][1]
    assert (grey["data"]["share"], grey["samples"]["share"], grey["ratio"]) == (
        pytest.approx(1 / 3, abs=0.06),
        0.0,
        0.0,
    )


def test_an_answer_that_is_less_sure_than_on_nearly_all_of_the_data_is_of_no_class() -> None:
    named = SimpleNamespace(exclusive=True, names=("a", "b"))
    real = np.array([[place + 1.0, 0.0] for place in range(100)])
    rows = np.array([[9.0, 0.0], [0.0, 9.0], [2.0, 1.0]])
    columns = Answers(named).columns(rows, real)  # type: ignore[arg-type]
    assert {name: has.tolist() for name, has in columns.items()} == {
        **{"a": [True, False, False], "b": [False, True, False], UNSURE: [False, False, True]}
    }


def test_the_data_itself_is_halved_and_differs_by_nothing(data: DataSet, classifier: Path) -> None:
    found = shares(Stored(data, 16), data, 750, Asked((), classifier))
    assert found["halves"]
    assert found["n"] == {"data": 75, "samples": 75}
    assert {one["verdict"] for one in found["shares"]} == {"alike"}
    assert {one["kind"] for one in found["shares"]} == {"classes", "measures"}


def test_without_labels_the_tails_of_what_pixels_tell_are_compared(data: DataSet, tmp_path: Path) -> None:
    dark = packed(tmp_path / "drawn", {"dark": 100}, 1)
    found = shares(Stored(dark, 16), data, 100, Asked())
    assert found["classifier"] is None
    told = {one["name"].rsplit(" ", 1)[0]: one for one in found["shares"]}
    assert told["brightness >"]["data"]["share"] == pytest.approx(0.1, abs=0.02)
    assert told["brightness >"]["samples"]["count"] == 0
    assert told["brightness <"]["verdict"] == "more"
    assert found["forgotten"] == []  # a tail is no class


def test_what_there_is_nothing_to_go_by_is_refused_with_what_there_is(data: DataSet) -> None:
    with pytest.raises(UsageError, match=r"--by classes: there are none to go by\. Known here: measures\."):
        shares(Stored(data, 16), data, 100, Asked(("classes",)))
