"""`runs pause|continue|snapshot|evaluate|set` against a worker that trains nothing, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.diagnosis import Finding
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import process, requests, store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program
from tests.runs.making import STARTED, make_run, tell
from tests.runs.test_store import RUN_KEYS

pytestmark = pytest.mark.usefixtures("no_worker_left")
RECIPE = dump(resolve({"architecture": {"id": "dcgan"}, "training": {"kimg": 1000}}, [], "test"))
LR = "generator_optimizer.lr"
COMMANDS = {"pause": (), "continue": (), "snapshot": (), "evaluate": (), "set": (f"{LR}=1e-4",)}


@pytest.fixture
def started(workspace: Workspace, worker: Course, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that trains for a minute, unless it is stopped."""
    monkeypatch.setenv("FAKE_STEP_S", "0.05")
    path = make_run(workspace, "a", recipe=RECIPE)
    process.spawn(path, store.view(path).record)
    return path


def ended(workspace: Workspace, how: str) -> Path:
    path = make_run(workspace, "a", recipe=RECIPE)
    (path / "checkpoints" / "0000000000.pt").touch()
    tell(path, "started", **STARTED)
    if how == "finished":
        tell(path, "finished", 100_000, 60.0, reason="budget")
    if how == "stopped":
        tell(path, "finished", 1000, 60.0, reason="stop")
    return path


def test_pause_waits_until_it_has_and_continue_until_it_goes_on(ganstudio: Program, started: Path) -> None:
    paused = ganstudio("runs", "pause", "a")
    assert (paused.code, paused.out) == (0, "a\n")
    run = store.view(started)
    assert (run.status, run.live) == ("paused", True)
    assert run.state.checkpoint == f"checkpoints/{run.state.nimg:010}.pt"
    assert "paused" in ganstudio("runs", "list").out
    assert json.loads(ganstudio("runs", "show", "--json").out)["state"] == "paused"
    assert ganstudio("runs", "continue", "a").out == "a\n"
    assert store.view(started).status == "running"
    assert ganstudio("runs", "stop").code == 0


def test_a_paused_run_can_be_stopped(ganstudio: Program, started: Path) -> None:
    ganstudio("runs", "pause")
    assert ganstudio("runs", "stop").out == "a\n"
    assert store.view(started).status == "stopped"


def test_a_snapshot_prints_its_checkpoint(ganstudio: Program, started: Path) -> None:
    answer = ganstudio("runs", "snapshot")
    assert answer.code == 0
    assert Path(answer.out.strip()).is_file()
    assert Path(answer.out.strip()).parent == started / "checkpoints"


def test_evaluate_prints_the_score_that_it_asked_for(ganstudio: Program, started: Path) -> None:
    answer = ganstudio("runs", "evaluate")
    assert answer.code == 0
    name, value = answer.out.split()
    assert name == "FD[lenet]-5k"
    assert float(value.replace(",", "")) > 0


def test_set_says_what_changed_and_show_keeps_it(ganstudio: Program, started: Path) -> None:
    answer = ganstudio("runs", "set", "a", f"{LR}=1e-4", "training.sample_kimg=5")
    assert (answer.code, answer.out) == (0, "a\n")
    assert f"a: {LR} 0 -> 0.0001 at " in answer.err
    assert "a: training.sample_kimg 0 -> 5 at " in answer.err
    assert f"{LR} 0 -> 0.0001 at " in ganstudio("runs", "show").out
    told = json.loads(ganstudio("runs", "show", "--json").out)["changes"]
    assert [(change["key"], change["to"]) for change in told] == [(LR, 1e-4), ("training.sample_kimg", 5.0)]


@pytest.mark.parametrize("command", [*COMMANDS, "stop"])
def test_a_command_for_live_runs_means_the_newest_that_is_live(
    ganstudio: Program, workspace: Workspace, command: str
) -> None:
    path = ended(workspace, "live")
    process.write_process(path)
    if command == "continue":
        requests.post(path, "pause")
    later = "2026-01-02T00:00:00.000+00:00"
    tell(make_run(workspace, "newer", created=later), "finished", 100_000, 60.0, reason="budget")
    assert ganstudio("runs", command, *COMMANDS.get(command, ()), "--no-wait").out == "a\n"
    assert "newer is finished" in ganstudio("runs", command, "latest", *COMMANDS.get(command, ())).err


def test_set_without_a_setting_says_what_is_missing(ganstudio: Program, workspace: Workspace) -> None:
    process.write_process(ended(workspace, "live"))
    for run, try_ in (((), "runs set "), (("a",), "runs set a ")):
        answer = ganstudio("runs", "set", *run)
        assert (answer.code, answer.out) == (2, "")
        assert f"KEY=VALUE is missing.\ntry: ganstudio {try_}lr=1e-4" in answer.err


@pytest.mark.parametrize("key", [LR, "lr"])
def test_a_knob_and_its_value_as_two_words_are_corrected(ganstudio: Program, workspace: Workspace, key: str) -> None:
    process.write_process(ended(workspace, "live"))
    answer = ganstudio("runs", "set", key, "1e-4")
    assert answer.code == 2
    assert f"{key} 1e-4: must be key=value.\ntry: ganstudio runs set {LR}=1e-4" in answer.err


def test_set_without_a_value_says_what_both_may_be(ganstudio: Program, workspace: Workspace) -> None:
    process.write_process(ended(workspace, "live"))
    answer = ganstudio("runs", "set", "lr=")
    assert answer.code == 2
    assert f"{LR}=: has no value. It may be" in answer.err


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_the_run_with_its_findings(
    ganstudio: Program, started: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Finding("rule", "warning", "symptom", "evidence", (0.0, 1.0))
    monkeypatch.setattr("ganstudio.cli.runs.run_json.findings_of", lambda _: [found])
    if command == "continue":
        ganstudio("runs", "pause")
    answer = json.loads(ganstudio("runs", command, "a", *COMMANDS[command], "--json").out)
    assert list(answer) == RUN_KEYS
    assert (answer["id"], answer["findings"]) == ("a", [found.as_json()])
    assert answer["state"] == ("paused" if command == "pause" else "running")
    stopped = json.loads(ganstudio("runs", "stop", "a", "--json").out)
    assert (list(stopped), stopped["findings"]) == (RUN_KEYS, [found.as_json()])
    assert (stopped["reason"], stopped["error"]) == ("stop", None)


def test_a_snapshot_s_json_names_the_checkpoint_that_was_made(ganstudio: Program, started: Path) -> None:
    answer = json.loads(ganstudio("runs", "snapshot", "--json").out)
    assert Path(answer["checkpoint"]).parent == started / "checkpoints"
    assert Path(answer["checkpoint"]).is_file()


@pytest.mark.parametrize("command", ["pause", "snapshot", "evaluate", "set"])
def test_no_wait_leaves_the_request_and_prints_the_id(ganstudio: Program, workspace: Workspace, command: str) -> None:
    path = ended(workspace, "live")
    process.write_process(path)
    assert ganstudio("runs", command, "a", *COMMANDS[command], "--no-wait").out == "a\n"
    assert [request["kind"] for request in requests.poll(path)] == [command]


def test_a_run_that_is_asked_to_pause_can_be_asked_to_go_on(ganstudio: Program, workspace: Workspace) -> None:
    path = ended(workspace, "live")
    process.write_process(path)
    ganstudio("runs", "pause", "--no-wait")
    assert ganstudio("runs", "continue", "--no-wait").code == 0
    assert [request["kind"] for request in requests.poll(path)] == ["pause", "continue"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("how", "way"),
    [("finished", "runs fork a"), ("stopped", "runs resume a"), ("crashed", "runs resume a")],
)
def test_a_run_that_is_over_is_refused_with_the_way_on(
    ganstudio: Program, workspace: Workspace, command: str, how: str, way: str
) -> None:
    path = ended(workspace, how)
    answer = ganstudio("runs", command, "a", *COMMANDS[command])
    assert (answer.code, answer.out) == (2, "")
    assert f"a is {how}: there is nothing to {command}." in answer.err
    ways = {"set": f"runs fork a --set {LR}=1e-4", "evaluate": "evaluate a --against"}
    assert f"try: ganstudio {ways.get(command, way)}" in answer.err
    assert requests.poll(path) == []


def test_a_run_paused_already_is_refused(ganstudio: Program, started: Path) -> None:
    ganstudio("runs", "pause")
    answer = ganstudio("runs", "pause")
    assert answer.code == 2
    assert "try: ganstudio runs continue a" in answer.err


def test_a_run_that_is_not_paused_cannot_continue(ganstudio: Program, workspace: Workspace) -> None:
    process.write_process(ended(workspace, "live"))
    answer = ganstudio("runs", "continue")
    assert answer.code == 2
    assert "a is running, not paused." in answer.err


def test_a_run_that_stops_is_asked_for_nothing_more(ganstudio: Program, workspace: Workspace) -> None:
    path = ended(workspace, "live")
    process.write_process(path)
    requests.post(path, "stop")
    answer = ganstudio("runs", "pause")
    assert answer.code == 2
    assert "a is stopping" in answer.err


def test_a_knob_that_cannot_change_is_refused_and_nothing_is_asked(ganstudio: Program, workspace: Workspace) -> None:
    path = ended(workspace, "live")
    process.write_process(path)
    answer = ganstudio("runs", "set", "a", f"{LR}=1e-4", "training.batch=8")
    assert answer.code == 2
    assert "try: ganstudio runs fork a --set training.batch=8" in answer.err
    assert requests.poll(path) == []


def test_a_run_that_dies_before_it_acts_is_told(
    ganstudio: Program, workspace: Workspace, worker: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker("die")
    monkeypatch.setenv("FAKE_STEP_S", "0.5")
    path = make_run(workspace, "a", recipe=RECIPE)
    process.spawn(path, store.view(path).record)
    answer = ganstudio("runs", "pause")
    assert (answer.code, answer.out) == (1, "")
    assert "a crashed before it could pause." in answer.err
    assert requests.poll(path) == []
