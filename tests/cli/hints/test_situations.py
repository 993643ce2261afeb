"""Hints of errors that take a situation of their own, and how options become what can be typed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.cli.follow import follow
from ganstudio.cli.suggestion import hint_as_typed
from ganstudio.cli.train import sweep
from ganstudio.data import pack as packing
from ganstudio.data import run_data
from ganstudio.data.obtain import open_set
from ganstudio.errors import TrainingError, UsageError
from ganstudio.runs import process, trusted_files
from ganstudio.runs.queue import tickets
from ganstudio.runs.store import view
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.hints.conftest import FOUND, RECIPE, hint_of, old_run, type_hint
from tests.inference.stores import noise, pack
from tests.runs.making import STARTED, make_run, tell

CODE = b"ARCHITECTURE = 'mine'\n"


def test_options_that_data_add_takes_are_suggested_for_data_add_whatever_was_typed(
    here: Path, ganstudio: Program
) -> None:
    (here / "my photos" / "dataset.json").write_text("{")
    hint = hint_of(ganstudio("train", "gan", "--data", "my photos", "--set", "training.batch=4"))
    assert hint == "ganstudio data add 'my photos' --labels folders   # leaves it out; then --data my-photos"
    assert type_hint(ganstudio, hint).out == "my-photos\n"
    assert ganstudio("train", "gan", "--data", "my-photos", "--set", "training.batch=4").code == 0


def test_a_run_of_a_file_of_one_s_own_is_trained_anew_from_its_copy(
    here: Path, ganstudio: Program, workspace: Workspace
) -> None:
    path = old_run(workspace, "mine", 9000, "stop", preset="my_gan", architecture_sha256=trusted_files.digest(CODE))
    (path / "architecture.py").write_bytes(CODE)
    hint = hint_of(ganstudio("runs", "fork", "mine"))
    assert hint == "ganstudio runs fork mine --trust"
    type_hint(ganstudio, hint)
    hint = hint_of(ganstudio("runs", "fork", "mine", "--set", "data.resolution=64"))
    again = "--data pets --set training.batch=8 --set data.resolution=64"
    assert hint == f"ganstudio train runs/mine/architecture.py {again}"
    type_hint(ganstudio, hint)


def test_networks_that_do_not_fit_are_told_with_the_settings_that_make_them_fit(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_verb: str, draft: str, *_: str) -> dict[str, Any]:
        if json.loads(Path(draft).read_text())["recipe"]["architecture"]["channels"] != 8:
            raise UsageError("timed@50 cannot start this run: critic.0.weight is [8] there.")
        return dict(FOUND)

    monkeypatch.setattr(bridge, "call_worker", answer)
    typed = "train dcgan --data pets --set training.batch=8 --from timed"
    hint = hint_of(ganstudio(*typed.split()))
    assert hint == f"ganstudio {typed} --set architecture.channels=8"
    type_hint(ganstudio, hint)


def test_data_of_other_colours_than_the_networks_is_to_be_packed_like_theirs(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing.add(Path("my photos"), "coloured", size=32)

    def refuse(*_: str) -> None:
        raise UsageError("timed@50 cannot start this run: critic.0.weight is [8, 1] there.")

    monkeypatch.setattr(bridge, "call_worker", refuse)
    options = ["--set", "training.batch=4", "--set", "architecture.channels=8", "--from", "timed"]
    hint = hint_of(ganstudio("train", "dcgan", "--data", "coloured", *options))
    assert hint.endswith(" --mode gray   # then --data coloured-gray")
    assert type_hint(ganstudio, hint).out == "coloured-gray\n"
    assert open_set("coloured-gray").manifest.channels == 1


def test_a_busy_device_is_waited_for(here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = tickets.Ticket(here / "1.json", here / "runs" / "done", ("cuda:0",), False, {"pid": 1})

    def start(_path: Path, *_: object, manner: str, **__: object) -> None:
        if manner == "alone":
            raise tickets._busy_error(["cuda:0"], [ticket])

    monkeypatch.setattr(process, "spawn", start)
    hint = hint_of(ganstudio("train", "gan", "--data", "pets", "--set", "training.batch=8"))
    assert hint.startswith("ganstudio train gan --data pets --set training.batch=8 --queue   # ")
    type_hint(ganstudio, hint)


def test_a_large_sweep_is_made_when_it_is_wanted(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch, launched: list[Path]
) -> None:
    monkeypatch.setattr(sweep, "MAX_RUNS", 1)
    typed = "train gan --data pets --set training.batch=8 --sweep seed=0,1"
    hint = hint_of(ganstudio(*typed.split()))
    assert hint == f"ganstudio {typed} --yes"
    type_hint(ganstudio, hint)
    assert len(launched) == 2


def test_a_model_without_classes_is_given_for_one(here: Path, ganstudio: Program) -> None:
    typed = "augment --data pets --balance --name more --model"
    hint = hint_of(ganstudio(*typed.split(), "dogs"))
    assert hint == f"ganstudio {typed} CLASS=dogs   # once for each class"
    type_hint(ganstudio, hint, CLASS="dog")


def test_a_picture_in_the_way_is_replaced_when_it_is_wanted(here: Path, ganstudio: Program) -> None:
    hint = hint_of(ganstudio("sample", "--model", "dogs", "--seed", "1", "--out", "my photos/1.png"))
    assert hint.startswith("ganstudio sample --model dogs --seed 1 --out 'my photos/1.png' --force   # ")
    type_hint(ganstudio, hint)


def test_the_remedy_of_a_finding_makes_a_run(
    here: Path, ganstudio: Program, workspace: Workspace, launched: list[Path]
) -> None:
    still = json.loads(json.dumps(RECIPE))
    still["generator_optimizer"]["lr"] = 0.0
    old_run(workspace, "still", 100_000, "budget", recipe=still)
    found = json.loads(ganstudio("diagnose", "still", "--json").out)["findings"]
    remedy = next(one["remedy"] for one in found if one["rule"] == "learning_rate_too_low")
    assert remedy == "ganstudio runs fork still@100 --set generator_optimizer.lr=0.0002 --kimg 200"
    type_hint(ganstudio, remedy)
    assert launched == [workspace.runs / "dcgan-pets-1"]


def test_what_a_check_of_data_suggests_can_be_typed(here: Path, ganstudio: Program, workspace: Workspace) -> None:
    pack("uneven", noise(20), ("cat", "dog"), [0] * 16 + [1] * 4)
    advice = json.loads(ganstudio("data", "check", "uneven", "--json").out)["advice"]
    lines = [found[0] for text in advice for found in re.finditer(r"ganstudio .*", text)]
    batch = "--set training.batch=20"
    assert lines == [
        f"ganstudio train cgan --data uneven {batch} && ganstudio augment --data uneven --model latest --balance "
        "--name uneven-balanced",
        f"ganstudio train dcgan --data uneven {batch} --set augmentation.p.kind=constant",
    ]
    training, _, augmenting = lines[0].partition(" && ")
    type_hint(ganstudio, training)
    type_hint(ganstudio, lines[1])
    type_hint(ganstudio, augmenting.replace("latest", "cgan"))


def test_a_set_that_a_run_of_another_workspace_uses_is_named_with_what_stops_that(
    here: Path, ganstudio: Program, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other one"
    other.mkdir()
    path = make_run(Workspace(other), "live", data=run_data.data_record(open_set("bare")))
    tell(path, "started", **STARTED)
    process.write_process(path)
    monkeypatch.setattr("ganstudio.cli.data.remove.runs_on", lambda *_: [view(path)])
    assert hint_of(ganstudio("data", "remove", "bare")) == f"ganstudio --workspace '{other}' runs stop live"


def test_what_fails_deep_in_a_training_names_its_run(here: Path, ganstudio: Program, workspace: Workspace) -> None:
    from ganstudio.engine.worker import _fail

    path = make_run(workspace, "broken", recipe=RECIPE)
    _fail(path, True, TrainingError("d became nan at step 3.", "ganstudio diagnose RUN   # more"))
    error = follow.reported_error(view(path))
    assert str(error.hint).startswith("ganstudio diagnose broken   # ")
    type_hint(ganstudio, str(error.hint))


@pytest.mark.parametrize(
    ("hint", "typed", "whole"),
    [
        ("--out DIR", "sample --out x.png --seed 3", "ganstudio sample --seed 3 --out DIR"),
        ("--out DIR", "sample --out=x.png --seed=3", "ganstudio sample --seed=3 --out DIR"),
        ("--plain", "sample --seed 3", "ganstudio sample --seed 3 --plain"),
        ("--seed 1   # instead of --out", "sample --out 'a b'", "ganstudio sample --seed 1   # instead of --out"),
        ("--seed 1", "--workspace 'a b' sample", "ganstudio --workspace 'a b' sample --seed 1"),
        ("--seed 1", "sample --plain -- x", "ganstudio sample --plain --seed 1 -- x"),
        ("--labels none", "sample --seed 3", "--labels none"),
        ("--workspace DIR", "--workspace=x sample", "ganstudio sample --workspace DIR"),
        ("ganstudio runs list", "sample --workspace 'a b'", "ganstudio --workspace 'a b' runs list"),
        ("ls -l ganstudio", "--workspace x sample", "ls -l ganstudio"),
        ("Save it", "--workspace x sample", "Save it"),
    ],
)
def test_a_hint_becomes_what_can_be_typed(hint: str, typed: str, whole: str) -> None:
    known = {"--out": True, "--seed": True, "--plain": False}
    assert hint_as_typed(hint, shlex.split(typed), known) == whole
