"""`ganstudio evaluate`: what its arguments mean, what it prints, and one evaluation from end to end."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio import bridge
from ganstudio.data import pack
from ganstudio.data.store import DataSet, names
from ganstudio.recipe.load import dump, resolve
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.inference.generators import write_generator
from tests.runs.making import make_run

RECIPE = dump(resolve({"architecture": {"id": "dcgan"}, "data": {"resolution": 16}}, [], "test"))
ANSWER = {
    **{"target": "t", "against": "photos", "features": "lenet", "n": 40, "seconds": 1.0, "notes": ["from the worker"]},
    **{"diversity": None, "memorized": None, "shares": None, "probe": None},
    **{"metrics": {"FD[lenet]-40": 12.345, "KD[lenet]-40": 0.01234}, "sd": {"KD[lenet]-40": 0.001}},
}


@pytest.fixture
def data(photos: Path) -> DataSet:
    return pack.add(photos, size=32)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """A worker that answers at once, and what it was asked, with whether the target was there."""
    seen: dict[str, Any] = {}

    def answer(verb: str, request: str) -> dict[str, Any]:
        assert verb == "evaluate"
        table = json.loads(request)
        stored = Path(table["target"]) / "manifest.json"
        seen.update(table, stored=json.loads(stored.read_text()) if stored.exists() else None)
        return {**ANSWER, "notes": list(ANSWER["notes"])}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return lambda: seen


def test_a_spread_that_is_small_is_not_printed_as_none(
    ganstudio: Program, data: DataSet, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {**ANSWER, "metrics": {"KD[lenet]-2k": 0.0312}, "sd": {"KD[lenet]-2k": 0.000042}}
    monkeypatch.setattr(bridge, "call_worker", lambda *_: answer)
    assert ganstudio("evaluate", photos, "--against", data.manifest.name).out.split()[-4:] == [
        *("KD[lenet]-2k", "0.0312", "±", "4.2e-05")
    ]


def test_latest_where_there_is_no_run_tells_how_to_train_one(
    ganstudio: Program, workspace: Workspace, data: DataSet
) -> None:
    ended = ganstudio("evaluate", "latest", "--against", data.manifest.name)
    assert (ended.code, ended.err.splitlines()[-1]) == (2, "try: ganstudio train dcgan --data mnist")
    assert "there are no runs" in ended.err


def make_checkpoints(workspace: Workspace, name: str) -> Path:
    run = make_run(workspace, name, recipe=RECIPE)
    for nimg in (0, 48_000):
        (run / "checkpoints" / f"{nimg:010}.pt").touch()
    return run


def test_where_the_data_folder_may_only_be_read_pictures_are_scored_from_a_temporary_one(
    ganstudio: Program,
    workspace: Workspace,
    data: DataSet,
    photos: Path,
    asked: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = tempfile.mkdtemp

    def refused(suffix: str | None = None, prefix: str | None = None, dir: Path | None = None) -> str:
        if dir == data_home():
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(dir))
        return str(real(suffix, prefix, dir))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    ended = ganstudio("evaluate", str(photos), "--against", data.manifest.name)
    assert ended.code == 0
    assert f"note: {data_home()} may only be read: the pictures were packed in" in ended.err
    assert asked()["stored"]["count"] == data.manifest.count
    assert not Path(asked()["target"]).exists()


def test_scores_are_a_table_and_the_rest_is_for_the_person(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    ended = ganstudio("evaluate", "photos", "--against", "photos")
    assert ended.code == 0
    assert [line.split() for line in ended.out.splitlines()] == [
        ["score", "value"],
        ["FD[lenet]-40", "12.35"],
        ["KD[lenet]-40", "0.0123", "±", "0.0010"],
    ]
    assert "note: from the worker" in ended.err
    assert asked()["n"] == 10_000
    assert asked()["metrics"] == []


def test_json_is_one_object(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    ended = ganstudio("evaluate", "photos", "--against", "photos", "--metrics", "fid, PRDC,fid", "--n", "40", "--json")
    assert json.loads(ended.out) == ANSWER
    assert asked()["metrics"] == ["fid", "prdc"]


def test_a_run_is_drawn_at_its_own_size_from_the_checkpoint_that_is_named(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    run = make_checkpoints(workspace, "a")
    ended = ganstudio("evaluate", "a@48", "--against", "photos")
    assert (asked()["kind"], asked()["target"], asked()["checkpoint"]) == ("run", str(run), "48")
    assert asked()["resolution"] == 16
    assert "photos is stored in 32 pixels and averaged down to 16" in ended.err
    ganstudio("evaluate", "latest", "--against", "photos")
    assert asked()["checkpoint"] == "best"


def test_a_checkpoint_that_is_gone_is_refused_before_torch_is_started(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    make_checkpoints(workspace, "a")
    ended = ganstudio("evaluate", "a@7", "--against", "photos")
    assert ended.code == 2
    assert "has no checkpoint at 7 kimg. Kept: 0, 48." in ended.err
    assert asked() == {}


def test_an_export_is_meant_by_its_name_or_its_file(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    workspace.exports.mkdir()
    model = write_generator(workspace.exports / "faces.onnx", channels=3)
    for given in ("faces", str(model)):
        assert ganstudio("evaluate", given, "--against", "photos").code == 0
        assert (asked()["kind"], asked()["target"], asked()["resolution"]) == ("model", str(model), 32)


def test_a_folder_is_read_like_the_data_and_not_kept(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    Image.new("L", (40, 50), 90).save(folder / "a.png")
    Image.new("RGB", (64, 64), "red").save(folder / "b.jpg")
    (folder / "c.png").write_text("no picture")
    ended = ganstudio("evaluate", str(folder), "--against", "photos")
    assert ended.code == 0, ended.err
    stored = asked()["stored"]
    assert (stored["count"], stored["resolution"], stored["channels"]) == (2, 32, 3)
    assert "1 of 3 files left out, the first c.png" in ended.err
    assert "were made 32 x 32 pixels" in ended.err
    assert "some pictures are JPEGs" in ended.err
    assert names() == ["photos"]
    assert [path.name for path in data_home().iterdir() if not path.name.startswith(".features")] == ["photos"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope", "--against", "photos"), "'nope' is no run, export, folder or data set"),
        (("photos", "--against", "nope"), "nope: neither a data set nor a path"),
        (("photos", "--against", "photos", "--metrics", "fdi"), "'fdi' is none. Did you mean 'fid'?"),
        (("photos", "--against", "photos", "--metrics", ","), "nothing was given"),
        (("photos", "--against", "photos", "--n", "1"), "--n: from 2 to 1,000,000 images; got 1."),
        (("photos",), "--against is needed: the data that photos is compared with."),
        (("photos", "--against", "photos", "--by", "classes"), "--by is of --shares."),
        (("photos", "--against", "photos", "--shares", "--by", "clases"), "'clases' is none. Did you mean 'classes'?"),
        (("photos", "--against", "photos", "--shares", "--by", "classes"), "photos has no labels. Nearest: measures"),
        (("photos", "--against", "photos", "--shares", "--classifier", "no.onnx"), "no.onnx: there is no such file"),
        (("photos", "--against", "photos", "--probe"), "--probe: photos holds pictures; a run has a critic."),
    ],
)
def test_bad_input_is_said_at_once(
    ganstudio: Program,
    workspace: Workspace,
    data: DataSet,
    asked: Callable[[], dict[str, Any]],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    ended = ganstudio("evaluate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert asked() == {}


@pytest.mark.slow
def test_pictures_against_data_from_end_to_end(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name, dark in (("real", 1.0), ("fake", 0.5)):
        (tmp_path / name).mkdir()
        for number in range(12):
            pixels = (draw.integers(0, 256, (16, 16)) * dark).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    pack.add(tmp_path / "real", size=16)
    ended = ganstudio("evaluate", str(tmp_path / "fake"), "--against", "real", "--metrics", "fid,is", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert set(told) == {*ANSWER}
    assert list(told["metrics"]) == ["FD[lenet]-12", "IS[lenet]-12"]
    assert told["metrics"]["FD[lenet]-12"] > 0
    refused = ganstudio("evaluate", str(tmp_path / "fake"), "--against", "real", "--features", "inception")
    assert refused.code == 2
    assert "try: ganstudio weights fetch inception" in refused.err


def test_diversity_and_copies_stand_in_the_table_and_the_picture_s_path_below(
    ganstudio: Program, data: DataSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sides = {
        who: {"score": "LPIPS-diversity[alexnet@64]-40", "value": value, "error": 0.002, "within": within}
        for who, value, within in (("samples", 0.2, {"value": 0.1, "error": 0.01}), ("data", 0.25, None))
    }
    copies = {"share": 0.5, "chance": 0.04, "picture": str(tmp_path / "near.png")}
    told = {**ANSWER, "metrics": {}, "sd": {}, "notes": [], "diversity": sides, "memorized": copies}
    seen: dict[str, Any] = {}

    def answer(_verb: str, request: str) -> dict[str, Any]:
        seen.update(json.loads(request))
        return told

    monkeypatch.setattr(bridge, "call_worker", answer)
    ended = ganstudio(
        "evaluate", data.manifest.name, "--against", data.manifest.name, "--diversity", "--memorized", "--out",
        tmp_path / "near.png",
    )  # fmt: skip
    assert ended.code == 0
    assert (seen["diversity"], seen["memorized"]) == (True, str(tmp_path / "near.png"))
    rows = [line.split() for line in ended.out.splitlines()]
    assert ["LPIPS-diversity[alexnet@64]-40,", "samples", "0.2000", "±", "0.0020"] in rows
    assert ["within", "a", "class,", "samples", "0.1000", "±", "0.0100"] in rows
    assert ["suspiciously", "close", "50.0%", "up", "to", "4.0%", "is", "chance"] in rows
    assert ended.out.splitlines()[-1] == str(tmp_path / "near.png")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "a.png"], "--out is the picture of --memorized"),
        (["--memorized", "--out", "a.gif"], "Nearest: a.png"),
        (["--memorized", "--out", "gone/a.png"], "is no folder"),
        (["--memorized", "--out", "mine.png"], "is not ganstudio's"),
        (["--metrics", "ppp"], "ppl"),
    ],
)
def test_a_picture_that_has_no_place_is_refused(
    ganstudio: Program, data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (2, 2)).save(tmp_path / "mine.png")
    ended = ganstudio("evaluate", data.manifest.name, "--against", data.manifest.name, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_path_to_a_run_s_folder_is_the_run_and_no_folder_of_pictures(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    path = make_run(workspace, "a", recipe=RECIPE)
    for nimg in (0, 2000):
        (path / "checkpoints" / f"{nimg:010}.pt").touch()
    for given, checkpoint in ((str(path), "best"), ("runs/a/", "best"), (f"{path}@2", "2")):
        assert ganstudio("evaluate", given, "--against", data.manifest.name).code == 0
        assert (asked()["kind"], asked()["target"], asked()["checkpoint"]) == ("run", str(path), checkpoint)


def test_a_run_is_compared_with_the_data_that_it_was_made_with_unless_other_data_are_named(
    ganstudio: Program, workspace: Workspace, data: DataSet, asked: Callable[[], dict[str, Any]]
) -> None:
    run = make_checkpoints(workspace, "a")
    record = json.loads((run / "run.json").read_text())
    record["data"]["name"] = "photos"
    (run / "run.json").write_text(json.dumps(record))
    ended = ganstudio("evaluate", "a", "--probe")
    assert ended.code == 0, ended.err
    assert (asked()["against"], asked()["probe"], asked()["shares"]) == (str(data.path), True, None)


def test_a_generator_alone_has_no_critic_to_probe(
    ganstudio: Program, workspace: Workspace, data: DataSet, tmp_path: Path
) -> None:
    model = write_generator(tmp_path / "g.onnx")
    ended = ganstudio("evaluate", model, "--against", "photos", "--probe")
    assert ended.code == 2
    assert "no critic" in ended.err or "the critic is in its run" in ended.err


def test_shares_are_a_table_with_what_was_forgotten_last(
    ganstudio: Program, workspace: Workspace, data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def side(count: int) -> dict[str, Any]:
        return {"count": count, "n": 100, "share": count / 100, "interval": [0.0, 0.5]}

    rows = [
        {"kind": "classes", "name": "1", "data": side(50), "samples": side(100), "ratio": 2.0, "verdict": "more"},
        {
            "kind": "classes",
            "name": "\x1b7",
            "data": side(50),
            "samples": side(0),
            "ratio": 0.0,
            "verdict": "forgotten",
        },
        {
            "kind": "measures",
            "name": "size > 1",
            "data": side(10),
            "samples": side(10),
            "ratio": 1.0,
            "verdict": "alike",
        },
    ]
    found = {
        **{"n": {"data": 100, "samples": 100}, "shares": rows, "forgotten": ["\x1b7"], "halves": False},
        **{"conditional": True, "classifier": None},
    }
    answer = {**ANSWER, "metrics": {}, "sd": {}, "notes": [], "shares": found}
    monkeypatch.setattr(bridge, "call_worker", lambda *_: answer)
    ended = ganstudio("evaluate", "photos", "--against", "photos", "--shares", "--by", "measures")
    assert ended.code == 0, ended.err
    assert [line.split() for line in ended.out.splitlines()[1:]] == [
        ["classes"],
        ["1", "50.0%", "100.0%", "0.0%", "-", "50.0%", "x", "2.00", "more"],
        ["\\x1b7", "50.0%", "0.0%", "0.0%", "-", "50.0%", "x", "0.00", "forgotten"],
        ["measures"],
        ["size", ">", "1", "10.0%", "10.0%", "0.0%", "-", "50.0%", "x", "1.00"],
    ]
    assert ended.err.splitlines()[-1] == "2 of 3 shares differ more than chance; forgotten: \\x1b7."
