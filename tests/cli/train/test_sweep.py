from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.cli.train.sweep import combinations, split_values
from ganstudio.errors import UsageError
from ganstudio.runs import process, store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Ended, Program
from tests.runs.making import make_run

pytestmark = pytest.mark.usefixtures("no_worker_left")
SMALL = ("--set", "training.batch=8", "--kimg", "2")
BETAS = "generator_optimizer.betas=[0.0,0.9],[0.5, 0.9]"


@pytest.fixture
def valid(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A worker that finds every architecture's options good; what it was asked for."""
    asked: list[str] = []

    def answer(verb: str, *arguments: str) -> dict[str, Any]:
        asked.extend([verb, *(Path(file).read_text() for file in arguments)])
        return {"ok": True}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return asked


def train(ganstudio: Program, photos: Path, *arguments: str) -> Ended:
    return ganstudio("train", "dcgan", "--data", photos, *SMALL, *arguments)


def finished(workspace: Workspace) -> list[store.RunView]:
    while any(run.live for run in store.list_runs(workspace)):
        pass
    return sorted(store.list_runs(workspace), key=lambda run: run.id)


@pytest.mark.parametrize(
    ("listed", "values"),
    [
        ("1,2, 3", ["1", "2", "3"]),
        ("[0.0,0.9],[0.5, 0.9]", ["[0.0,0.9]", "[0.5, 0.9]"]),
        ('{kind="r1",gamma=1},none', ['{kind="r1",gamma=1}', "none"]),
        ('"a,b",\'c,"d\'', ['"a,b"', "'c,\"d'"]),
        ("", [""]),
        ("1,", ["1", ""]),
    ],
)
def test_values_end_at_commas_outside_brackets_and_quotes(listed: str, values: list[str]) -> None:
    assert split_values(listed) == values


def test_a_sweep_is_every_combination() -> None:
    assert combinations(["a=1,2", "b=x,y"], [], False) == [
        {"a": "1", "b": "x"},
        {"a": "1", "b": "y"},
        {"a": "2", "b": "x"},
        {"a": "2", "b": "y"},
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["a"], "must be key=a,b,c"),
        (["=1,2"], "must be key=a,b,c"),
        (["a="], "must be key=a,b,c"),
        (["a=1,,2"], "must be key=a,b,c"),
        (["a=1,1"], "1 is listed twice"),
        (["a=1", "a=2"], "is given twice"),
        (["fixed=1,2"], "--set fixed gives it one value already"),
        ([f"a={','.join(map(str, range(101)))}"], "makes 101 runs"),
        ([f"{key}=1,2,3,4,5,6,7,8,9" for key in "abcdefghijklmnop"], "makes 1,853,020,188,851,841 runs"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_bad_usage(asked: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        combinations(asked, ["fixed=1"], False)
    assert said in caught.value.message


def test_more_than_a_hundred_runs_need_a_yes() -> None:
    assert len(combinations([f"seed={','.join(map(str, range(101)))}"], [], True)) == 101


def test_a_sweep_makes_a_group_of_runs_that_are_trained_in_turn(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    ended = train(ganstudio, photos, "--sweep", BETAS, "--sweep", "seed=3,4")
    assert ended.code == 0
    ids = [f"dcgan-photos-sweep1-{number}" for number in (1, 2, 3, 4)]
    assert ended.out.split() == ids
    runs = finished(workspace)
    assert [run.id for run in runs] == ids
    assert {run.status for run in runs} == {"finished"}
    assert {run.record.group for run in runs} == {"dcgan-photos-sweep1"}
    assert runs[1].record.sweep == {"generator_optimizer.betas": [0.0, 0.9], "seed": 4}
    assert [run.record.seed for run in runs] == [3, 4, 3, 4]
    assert runs[2].record.recipe["generator_optimizer"]["betas"] == [0.5, 0.9]
    assert len(valid) == 5
    spans = [span(run.path) for run in runs]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def span(run: Path) -> tuple[float, float]:
    """When a run's worker appeared and when it wrote last."""
    return (run / "process.json").stat().st_mtime, (run / "metrics.jsonl").stat().st_mtime


def test_json_is_the_list_of_runs(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    answer = json.loads(train(ganstudio, photos, "--sweep", "seed=0,1", "--name", "mine", "--json").out)
    assert [(run["id"], run["group"], run["sweep"]) for run in answer] == [
        ("mine-1", "mine", {"seed": 0}),
        ("mine-2", "mine", {"seed": 1}),
    ]
    finished(workspace)


def test_a_group_stands_together_under_its_name(ganstudio: Program, workspace: Workspace) -> None:
    for number, batch in ((1, 8), (2, 16)):
        values = {"training.batch": batch, "training.kimg": 1.5}
        make_run(workspace, f"mine-{number}", group="mine", sweep=values)
        make_run(workspace, f"other-{number}")
    lines = [" ".join(line.split()) for line in ganstudio("runs", "list").out.splitlines()[1:]]
    assert lines[0] == "▾ mine digits, 2 runs over training.batch, training.kimg"
    assert lines[1].startswith("✗ mine-1 crashed batch=8 kimg=1.5")
    assert [line.split()[1] for line in lines[1:]] == ["mine-1", "mine-2", "other-1", "other-2"]
    assert "mine: batch=8 kimg=1.5" in ganstudio("runs", "show", "mine-1").out


def test_every_problem_of_a_sweep_is_told_and_nothing_is_made(
    ganstudio: Program, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    ended = train(
        ganstudio, photos, "--sweep", "training.bach=1,2", "--sweep", "seed=0,x", "--sweep", "data.mirror=true,7"
    )
    assert (ended.code, ended.out) == (2, "")
    for words in ("Did you mean 'training.batch'?", "--sweep seed: must be a whole number", "data.mirror"):
        assert ended.err.count(words) == 1
    assert not workspace.runs.exists()


def test_an_option_that_an_architecture_has_not_is_told_before_anything_is_made(
    ganstudio: Program, workspace: Workspace, photos: Path
) -> None:
    ended = train(ganstudio, photos, "--sweep", "architecture.chanels=8,16")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'architecture.channels'?" in ended.err
    assert not workspace.runs.exists()


def test_a_group_s_name_is_taken_once(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    make_run(workspace, "mine-7")
    ended = train(ganstudio, photos, "--sweep", "seed=0,1", "--name", "mine")
    assert (ended.code, ended.out) == (2, "")
    assert "--name mine: there is a run mine-7 already. Free: mine.2." in ended.err
    assert len(store.list_runs(workspace)) == 1


def test_a_dry_run_of_a_sweep_lists_its_runs_and_makes_none(
    ganstudio: Program, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    ended = train(ganstudio, photos, "--sweep", "seed=0,1", "--dry-run")
    assert (ended.code, ended.out) == (0, "dcgan-photos-sweep1-1  seed=0\ndcgan-photos-sweep1-2  seed=1\n")
    assert not workspace.runs.exists()


def test_a_sweep_that_cannot_start_leaves_no_run(
    ganstudio: Program, workspace: Workspace, photos: Path, valid: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "worker_command", lambda *_: ["/nonexistent/python"])
    ended = train(ganstudio, photos, "--sweep", "seed=0,1")
    assert ended.code == 1
    assert "the worker cannot be started" in ended.err
    assert store.list_runs(workspace) == []


def test_a_sweep_never_shares(ganstudio: Program, workspace: Workspace, photos: Path) -> None:
    ended = train(ganstudio, photos, "--sweep", "seed=0,1", "--share")
    assert ended.code == 2
    assert "leave --share out" in ended.err


def test_a_sweep_is_stopped_by_its_name_and_none_of_it_begins_meanwhile(
    ganstudio: Program, worker: Course, workspace: Workspace, photos: Path, valid: list[str]
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--sweep", "seed=0,1,2")
    assert ended.code == 0
    stopped = ganstudio("runs", "stop", "dcgan-photos-sweep1")
    assert (stopped.code, stopped.out) == (0, ended.out)
    runs = store.list_runs(workspace)
    assert [run.status for run in runs] == ["stopped"] * 3
    assert [run.state.started for run in runs][1:] == [False, False]
    again = ganstudio("runs", "stop", "dcgan-photos-sweep1")
    assert again.code == 2
    assert "dcgan-photos-sweep1 is stopped: there is nothing to stop" in again.err


def test_a_sweep_is_removed_by_its_name(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace, "other")
    for number in (1, 2):
        make_run(workspace, f"mine-{number}", group="mine", sweep={"seed": number})
    assert ganstudio("runs", "remove", "mine", "--yes").out == "mine-1\nmine-2\n"
    assert [run.id for run in store.list_runs(workspace)] == ["other"]
