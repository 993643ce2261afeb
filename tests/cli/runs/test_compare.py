from __future__ import annotations

import json

import pytest

from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.runs.making import DRAFT, STARTED, make_run, tell

OTHER = {**DRAFT.recipe, "training": {"kimg": 100.0, "batch": 32}}


@pytest.fixture(autouse=True)
def pair(workspace: Workspace) -> None:
    make_run(workspace, "one")
    two = make_run(workspace, "two", recipe=OTHER, seed=3)
    tell(two, "started", **STARTED)
    for rate in (1.0, 50.0):
        tell(two, "tick", 40_000, 60.0, losses={"d": 0.5}, img_per_s=rate)
    tell(two, "evaluated", 40_000, 60.0, score="FD[lenet]-5k", value=4.5)
    tell(two, "finished", 40_000, 60.0, reason="stop")


def test_what_differs_stands_in_columns_and_the_rest_is_counted(ganstudio: Program) -> None:
    ended = ganstudio("runs", "compare", "one", "two")
    assert ended.code == 0
    rows = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert rows["one"] == ["two"]
    assert rows["state"] == ["crashed", "stopped", "(stop)"]
    assert rows["kimg"] == ["0.0/100", "40.0/100"]
    assert rows["best"] == ["–", "4.5", "at", "40.0"]
    assert rows["FD[lenet]-5k↓"] == ["–", "4.5"]
    assert (rows["img/s"], rows["time"]) == (["–", "50"], ["0s", "1:00"])
    assert (rows["seed"], rows["training.batch"]) == (["0", "3"], ["64", "32"])
    assert "training.kimg" not in rows
    assert "knobs are equal" in ended.err


def test_json_has_the_runs_and_what_differs(ganstudio: Program) -> None:
    answer = json.loads(ganstudio("runs", "compare", "one", "two", "--json").out)
    assert [run["id"] for run in answer["runs"]] == ["one", "two"]
    assert answer["differing"] == {"seed": [0, 3], "training.batch": [64, 32]}
    assert answer["equal"] > 5


@pytest.mark.parametrize("runs", [["one"], ["one", "one"]])
def test_one_run_is_no_comparison(ganstudio: Program, runs: list[str]) -> None:
    ended = ganstudio("runs", "compare", *runs)
    assert (ended.code, ended.out) == (2, "")
    assert "two runs make a comparison" in ended.err


def test_an_unknown_run_is_refused(ganstudio: Program) -> None:
    assert ganstudio("runs", "compare", "one", "three").code == 2


def test_a_sweep_is_compared_run_by_run_by_its_name(ganstudio: Program, workspace: Workspace) -> None:
    for number in (1, 2):
        make_run(workspace, f"mine-{number}", group="mine", sweep={"seed": number}, seed=number)
    assert ganstudio("runs", "compare", "mine").out.splitlines()[0].split() == ["mine-1", "mine-2"]
    answer = json.loads(ganstudio("runs", "compare", "runs/one/", "mine", "mine-1", "--json").out)
    assert [run["id"] for run in answer["runs"]] == ["one", "mine-1", "mine-2"]
    assert answer["differing"] == {"seed": [0, 1, 2]}
