"""`runs show`: what was asked of a run and what is not as its preset has it, sweeps, and how runs ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio.runs import process
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.runs.making import DRAFT, STARTED, make_run, tell

DIFFERS = {
    "training.batch": [32, 64],
    "regularizers.r1": [True, False],
    "generator_optimizer.betas": [[0.0, 0.9], None],
}
SEEN = {"count": 60_000, "held_out": 512, "checked": 2048, "repeated": 0, "blank": 0, "class_counts": [1000, 50]}


def shown(ganstudio: Program, run: str = "latest") -> list[str]:
    ended = ganstudio("runs", "show", run)
    assert ended.code == 0
    return [" ".join(line.split()) for line in ended.out.splitlines()]


def told(ganstudio: Program, run: str = "latest") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ganstudio("runs", "show", run, "--json").out)
    return answer


def sweep(workspace: Workspace) -> None:
    for number, how in enumerate(("finished", "crashed"), 1):
        path = make_run(workspace, f"mine-{number}", group="mine", sweep={"seed": number})
        tell(path, "started", **STARTED)
        if how == "finished":
            tell(path, "finished", 100_000, 60.0, reason="budget")
    make_run(workspace, "other")


def test_show_tells_every_knob_that_is_not_the_preset_s(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a", differs=DIFFERS)
    tell(path, "started", **STARTED)
    tell(path, "changed", 64, key="generator_optimizer.lr", **{"from": 5e-4, "to": 1e-4})
    lines = shown(ganstudio)
    assert [line for line in lines if line.startswith("differs")] == [
        "differs training.batch = 32 (preset: 64)",
        "differs regularizers.r1 = on (preset: off)",
        "differs generator_optimizer.betas = [0, 0.9] (preset: –)",
        "differs generator_optimizer.lr = 0.0001 (preset: 0.0005)",
    ]
    differs = told(ganstudio)["differs"]
    assert differs["training.batch"] == {"value": 32, "preset": 64}
    assert differs["generator_optimizer.lr"] == {"value": 1e-4, "preset": 5e-4}


def test_show_tells_the_numbers_that_change_and_how_far_the_minutes_take_them(
    ganstudio: Program, workspace: Workspace
) -> None:
    rate = {"start": 4e-4, "end": 0.0}
    recipe = {**DRAFT.recipe, "generator_optimizer": {"lr": rate}, "regularizers": [{"kind": "r1", "gamma": 2.0}]}
    path = make_run(workspace, "a", recipe=recipe, minutes=10.0)
    tell(path, "started", **STARTED)
    gamma = {"points": [[0.0, 2.0], [50.0, 1.0]]}
    tell(path, "changed", 1000, 10.0, key="regularizers.r1.gamma", **{"from": 2.0, "to": gamma})
    now = {"generator_optimizer.lr": 3e-4, "regularizers.r1.gamma": 1.5}
    for nimg in (24_000, 25_000):
        tell(path, "tick", nimg, 300.0, numbers=now, img_per_s=100.0)
    lines = shown(ganstudio)
    assert [line for line in lines if line.startswith(("number", "schedules", "changed"))] == [
        "number generator_optimizer.lr = 0.0003 of {start = 0.0004, end = 0}",
        "number regularizers.r1.gamma = 1.5 of {points = [[0, 2], [50, 1]]}",
        "schedules in 5 minutes at about 100 img/s the schedules get to 55 %",
        "changed regularizers.r1.gamma 2 -> {points = [[0, 2], [50, 1]]} at 1.0 kimg",
    ]
    assert told(ganstudio)["numbers"] == now


def test_a_run_of_an_earlier_version_does_not_tell_what_differs(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace)
    assert not any(line.startswith("differs") for line in shown(ganstudio))
    assert told(ganstudio)["differs"] is None


def test_show_tells_the_resolution_and_that_the_data_is_stored_at_another(
    ganstudio: Program, workspace: Workspace
) -> None:
    make_run(workspace, "same")
    assert "resolution 32 px" in shown(ganstudio)
    make_run(workspace, "scaled", data={**DRAFT.data, "resolution": 64}, created="2026-01-02T00:00:00.000+00:00")
    assert "resolution 32 px, stored at 64 px" in shown(ganstudio)
    assert told(ganstudio)["resolution"] == 32


def test_show_tells_where_averages_lie_and_what_puts_others_together(ganstudio: Program, workspace: Workspace) -> None:
    recipe = {**DRAFT.recipe, "training": {"kimg": 100.0, "ema_stds": [0.05, 0.1]}}
    path = make_run(workspace, "a", recipe=recipe)
    tell(path, "started", **STARTED)
    assert not [line for line in shown(ganstudio) if line.startswith("averages")]
    tell(path, "checkpointed", 64, path="checkpoints/0000000064.pt", changes=[])
    where = "of std [0.05, 0.1] in every checkpoint: ganstudio export onnx a --ema-std 0.05 # or another std"
    assert f"averages {where}" in shown(ganstudio)


def test_a_sweep_is_shown_as_a_table_of_its_runs(ganstudio: Program, workspace: Workspace) -> None:
    sweep(workspace)
    ended = ganstudio("runs", "show", "mine")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[1] == "▾ mine digits, 2 runs over seed"
    assert [line.split()[1:3] for line in lines[2:]] == [["mine-1", "finished"], ["mine-2", "crashed"]]
    assert "try: ganstudio runs resume mine\n" in ended.err
    answer = told(ganstudio, "mine")
    assert (answer["group"], [run["id"] for run in answer["runs"]]) == ("mine", ["mine-1", "mine-2"])


def test_a_run_is_shown_by_a_path_to_its_folder(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a")
    make_run(workspace, "b")
    assert [told(ganstudio, where)["id"] for where in ("runs/a", "runs/a/", str(path))] == ["a"] * 3


def test_a_crashed_run_says_so_with_the_end_of_its_log_and_the_way_on(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED)
    (path / "log.txt").write_text("one\ntwo\nthree\nMemoryError\n")
    assert shown(ganstudio)[-6:-1] == [
        "ended its process is gone without a word: killed, short of memory, or a power cut",
        "log two",
        "log three",
        "log MemoryError",
        "resume ganstudio runs resume a # from the beginning: no checkpoint",
    ]
    (path / "checkpoints" / "0000012000.pt").touch()
    assert "resume ganstudio runs resume a # from 12.0 kimg" in shown(ganstudio)
    assert told(ganstudio)["resume"] == "ganstudio runs resume a"


@pytest.mark.parametrize(
    ("reason", "words"), [("stop", "it was asked to stop"), ("kill", "its process was killed by `runs stop --kill`")]
)
def test_a_stopped_run_says_what_stopped_it(ganstudio: Program, workspace: Workspace, reason: str, words: str) -> None:
    tell(make_run(workspace, "a"), "finished", 1000, 1.0, reason=reason)
    assert f"state stopped: {words}" in shown(ganstudio)
    assert told(ganstudio)["resume"] == "ganstudio runs resume a"


def test_a_failed_run_says_what_its_worker_advised(ganstudio: Program, workspace: Workspace) -> None:
    error = {
        "type": "TrainingError",
        "message": "out of memory",
        "hint": "--set training.micro_batch=8",
        "exit_code": 1,
    }
    tell(make_run(workspace, "a"), "failed", error=error)
    lines = shown(ganstudio)
    assert {"error out of memory", "try --set training.micro_batch=8"} <= set(lines)
    assert any(line.startswith("resume ganstudio runs resume a") for line in lines)


@pytest.mark.parametrize("how", ["finished", "live"])
def test_what_is_done_or_trains_is_not_to_be_resumed(ganstudio: Program, workspace: Workspace, how: str) -> None:
    path = make_run(workspace, "a")
    if how == "live":
        process.write_process(path)
    else:
        tell(path, "finished", 100_000, 60.0, reason="budget")
    assert not any(line.startswith(("resume", "ended")) for line in shown(ganstudio))
    assert told(ganstudio)["resume"] is None


def test_the_list_names_crashed_runs_and_how_one_goes_on(ganstudio: Program, workspace: Workspace) -> None:
    tell(make_run(workspace, "done"), "finished", 100_000, 60.0, reason="budget")
    assert ganstudio("runs", "list").err == ""
    for number in range(5):
        make_run(workspace, f"dead-{number}")
    told = ganstudio("runs", "list").err
    assert "crashed: dead-0, dead-1, dead-2 and 2 more" in told
    assert "try: ganstudio runs resume dead-4" in told


@pytest.mark.parametrize(("conditional", "found"), [(False, []), (True, ["finding warning"])])
def test_uneven_classes_are_told_where_the_networks_are_told_the_classes_and_as_a_warning(
    ganstudio: Program, workspace: Workspace, conditional: bool, found: list[str]
) -> None:
    path: Path = make_run(workspace, "a")
    tell(path, "started", **STARTED, data={**SEEN, "conditional": conditional})
    findings = [line for line in shown(ganstudio) if line.startswith("finding")]
    assert [line.partition(":")[0] for line in findings] == found
    assert [one["severity"] for one in told(ganstudio)["findings"]] == ["warning"] * len(found)
