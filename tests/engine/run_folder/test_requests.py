"""What a live run does when it is asked: pauses, snapshots, other values of knobs, alike in all processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import torch

from ganstudio.engine.conformance import differing
from ganstudio.engine.run_folder import checkpoint
from ganstudio.runs import requests, state
from tests.engine.conftest import WITNESSES, Runs, told
from tests.engine.workers import start, work

STYLES, TWO, RELATIVISTIC = (
    next(w for w in WITNESSES if w.stem == stem) for stem in ("staged_styles", "two_domains", "relativistic_pair")
)
LR = {"generator_optimizer.lr": 1e-3, "discriminator_optimizer.betas": [0.1, 0.9]}
LONG = ("training.kimg=1000", "training.sample_kimg=1000", "training.checkpoint_kimg=1000")


def last(run: Path) -> dict:
    return checkpoint.load(checkpoint.all_checkpoints(run)[-1])


def log(run: Path) -> str:
    return (run / "log.txt").read_text()


def wait_for(run: Path, kind: str, count: int = 1) -> dict:
    deadline = time.monotonic() + 60
    while len(found := told(run, kind)) < count:
        assert time.monotonic() < deadline, log(run)
        time.sleep(0.02)
    return found[-1]


def test_a_score_that_is_asked_for_is_told_and_the_best_is_kept(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC, "evaluation.every_kimg=1000")
    requests.post(run, "evaluate")
    assert work(run) == 0, log(run)
    first, final = told(run, "evaluated")
    assert first["score"] == final["score"]
    assert 0 < first["nimg"] < final["nimg"]
    assert first["nimg"] in [event["nimg"] for event in told(run, "checkpointed")]
    assert list((run / "requests").glob("*.json")) == []


@pytest.mark.parametrize("file", [STYLES, TWO, RELATIVISTIC], ids=lambda f: f.stem)
def test_a_change_and_a_resume_after_it_end_bit_identical_to_a_run_never_interrupted(runs: Runs, file: Path) -> None:
    straight = runs.make("straight", file)
    requests.post(straight, "set", values=LR)
    requests.post(straight, "snapshot")
    assert work(straight) == 0, log(straight)
    changed, snapshot = told(straight, "changed"), told(straight, "checkpointed")[1]
    assert {entry["key"]: entry["to"] for entry in changed} == LR
    assert snapshot["nimg"] == changed[0]["nimg"] > 0
    half = runs.copy(straight, "half")
    for path in checkpoint.all_checkpoints(half):
        if checkpoint.nimg_of(path) > snapshot["nimg"]:
            path.unlink()
    assert work(half, "--resume") == 0, log(half)
    assert differing(last(straight), last(half)) == []
    assert last(half)["optimizers"]["g"]["param_groups"][0]["lr"] == 1e-3
    assert last(half)["optimizers"]["d"]["param_groups"][0]["betas"] == (0.1, 0.9)
    assert [change["to"] for change in state.current(half)[0].changes] == list(LR.values())


def test_a_change_is_told_kept_and_moves_what_is_learnt(runs: Runs) -> None:
    still, moved = runs.make("still", RELATIVISTIC), runs.make("moved", RELATIVISTIC)
    requests.post(moved, "set", values=LR)
    for run in (still, moved):
        assert work(run) == 0, log(run)
    assert differing(last(still)["nets"], last(moved)["nets"]) != []
    tick = told(moved, "tick")
    assert (tick[0]["lr"]["g"], tick[-1]["lr"]["g"]) == (2e-4, 1e-3)
    assert (moved / "run.json").read_text() == (still / "run.json").read_text().replace("still", "moved")


def test_a_resume_from_before_a_change_does_not_have_it(runs: Runs) -> None:
    plain, run = runs.make("plain", TWO), runs.make("run", TWO)
    requests.post(run, "set", values=LR)
    for one in (plain, run):
        assert work(one) == 0, log(one)
    for path in checkpoint.all_checkpoints(run)[1:]:
        path.unlink()
    assert work(run, "--resume") == 0, log(run)
    assert differing(last(plain), last(run)) == []
    assert state.current(run)[0].changes == ()


def test_how_often_a_run_keeps_can_change_while_it_trains(runs: Runs) -> None:
    run = runs.make("run", TWO)
    requests.post(run, "set", values={"training.checkpoint_kimg": 0.032, "training.sample_kimg": 0.064})
    assert work(run) == 0, log(run)
    assert [event["nimg"] for event in told(run, "checkpointed")] == [0, 32, 64, 96, 128]
    assert [event["nimg"] for event in told(run, "samples")] == [0, 64, 128]


@pytest.mark.slow
def test_several_processes_change_and_pause_alike(runs: Runs) -> None:
    one, two = runs.make("one", RELATIVISTIC), runs.make("two", RELATIVISTIC, processes=2)
    for run in (one, two):
        requests.post(run, "set", values=LR)
        requests.post(run, "pause")
        requests.post(run, "continue")
    assert work(one) == 0, log(one)
    assert work(two, processes=2) == 0, log(two)
    a, b = last(one), last(two)
    assert len(told(two, "changed")) == len(LR)
    assert len(told(two, "continued")) == 1
    assert a["progress"]["changes"] == b["progress"]["changes"] != []
    for kind, nets in a["nets"].items():
        for net, values in nets.items():
            for key, value in values.items():
                torch.testing.assert_close(b["nets"][kind][net][key], value, rtol=1e-3, atol=1e-4)


def test_a_request_that_no_command_would_write_is_passed_over(runs: Runs) -> None:
    plain, run = runs.make("plain", TWO), runs.make("run", TWO)
    for values in ({"training.batch": 2}, {"generator_optimizer.lr": "fast"}, None, 7):
        requests.post(run, "set", values=values)
    requests.post(run, "continue")
    for one in (plain, run):
        assert work(one) == 0, log(one)
    assert differing(last(plain), last(run)) == []
    assert log(run).count("a change was passed over") == 4
    assert told(run, "changed") == told(run, "continued") == []


def test_while_a_run_is_paused_its_time_stands_still_and_it_hears(runs: Runs) -> None:
    run = runs.make("run", TWO, *LONG)
    requests.post(run, "pause")
    worker = start(run)
    paused = wait_for(run, "paused")
    assert last(run)["progress"]["nimg"] == paused["nimg"]
    assert state.current(run)[0].phase == "paused"
    requests.post(run, "set", values=LR)
    requests.post(run, "snapshot")
    kept = wait_for(run, "checkpointed", 3)
    assert (kept["nimg"], kept["time_s"]) == (paused["nimg"], paused["time_s"])
    assert last(run)["progress"]["seconds"] == pytest.approx(paused["time_s"], abs=1e-3)
    assert len(last(run)["progress"]["changes"]) == len(LR)
    ticks = len(told(run, "tick"))
    requests.post(run, "continue")
    wait_for(run, "continued")
    wait_for(run, "tick", ticks + 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0, log(run)
    assert told(run, "finished")[0]["nimg"] > paused["nimg"]


@pytest.mark.parametrize("how", ["sigterm", "request"])
def test_a_paused_run_can_be_stopped_with_a_checkpoint_of_what_changed_meanwhile(runs: Runs, how: str) -> None:
    run = runs.make("run", TWO, *LONG)
    requests.post(run, "pause")
    worker = start(run)
    paused = wait_for(run, "paused")
    requests.post(run, "set", values=LR)
    wait_for(run, "changed", len(LR))
    if how == "sigterm":
        worker.send_signal(signal.SIGTERM)
    else:
        requests.post(run, "stop")
    assert worker.wait(timeout=60) == 0, log(run)
    assert (told(run, "finished")[0]["reason"], told(run, "finished")[0]["nimg"]) == ("stop", paused["nimg"])
    assert len(last(run)["progress"]["changes"]) == len(LR)
    assert not list((run / "requests").glob("*"))


def test_a_run_killed_while_it_is_paused_resumes_exactly(runs: Runs) -> None:
    straight, killed = runs.make("straight", STYLES), runs.make("killed", STYLES)
    assert work(straight) == 0, log(straight)
    requests.post(killed, "pause")
    worker = start(killed)
    wait_for(killed, "paused")
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    requests.clear(killed)
    assert work(killed, "--resume") == 0, log(killed)
    assert differing(last(straight), last(killed)) == []
    assert told(killed, "resumed")[0]["nimg"] == told(killed, "paused")[0]["nimg"]
