"""The loop with its processes and files: resume, requests, signals, what is told when it fails."""

from __future__ import annotations

import json
import os
import pickle
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from ganstudio.engine.conformance import differing
from ganstudio.engine.run_folder import checkpoint
from ganstudio.runs import requests
from ganstudio.runs.state import load_summary
from tests.engine.conftest import OF_RUNS, WITNESSES, Runs, told
from tests.engine.workers import start, work, work_afresh

STYLES, TWO = (next(w for w in WITNESSES if w.stem == stem) for stem in ("staged_styles", "two_domains"))
RELATIVISTIC = next(w for w in WITNESSES if w.stem == "relativistic_pair")


def last(run: Path) -> dict:
    return checkpoint.load(checkpoint.all_checkpoints(run)[-1])


def log(run: Path) -> str:
    return (run / "log.txt").read_text()


# Two of them before each commit, all of them in CI.
EACH = [pytest.param(w, id=w.stem, marks=[] if w in (STYLES, RELATIVISTIC) else pytest.mark.slow) for w in OF_RUNS]


@pytest.mark.parametrize("file", EACH)
def test_a_run_resumed_half_way_ends_bit_identical_to_an_uninterrupted_one(runs: Runs, file: Path) -> None:
    straight = runs.make("straight", file, "training.checkpoint_kimg=0.064", "training.ema_kimg=0.05")
    assert work(straight) == 0, log(straight)
    kept = checkpoint.all_checkpoints(straight)
    assert len(kept) >= 3
    half = runs.copy(straight, "half")
    for path in checkpoint.all_checkpoints(half)[2:]:
        path.unlink()
    assert work(half, "--resume") == 0, log(half)
    assert differing(last(straight), last(half)) == []
    assert told(half, "resumed")[0]["nimg"] == checkpoint.nimg_of(kept[1])


def test_killed_between_its_last_checkpoint_and_its_last_word_it_trains_no_further(runs: Runs) -> None:
    run = runs.make("run", TWO)
    assert work(run) == 0, log(run)
    end = last(run)
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    assert json.loads(lines[-1])["event"] == "finished"
    (run / "metrics.jsonl").write_text("".join(lines[:-1]))
    assert work(run, "--resume") == 0, log(run)
    assert differing(end, last(run)) == []
    assert [event["reason"] for event in told(run, "finished")] == ["budget"]


# One of them before each commit, all of them in CI; networks/test_two_processes.py has all witnesses, without torchrun.
BY_TORCHRUN = [pytest.param(w, id=w.stem, marks=[] if w == RELATIVISTIC else pytest.mark.slow) for w in OF_RUNS]


@pytest.mark.parametrize("file", BY_TORCHRUN)
def test_two_processes_that_torchrun_starts_train_as_one_does(runs: Runs, file: Path) -> None:
    # means of features over a part of a batch are not the batch's: the dry run says so, here they are left out
    plain = ["regularizers=[]"] if file.stem == "class_head" else []
    one = runs.make("one", file, *plain)
    two = runs.make("two", file, *plain, processes=2)
    assert work(one) == 0, log(one)
    assert work_afresh(two, processes=2) == 0, log(two)
    a, b = last(one), last(two)
    assert told(two, "started")[0]["processes"] == 2
    for kind, nets in a["nets"].items():
        for net, state in nets.items():
            for key, value in state.items():
                torch.testing.assert_close(b["nets"][kind][net][key], value, rtol=1e-4, atol=1e-5)
    assert a["adaptive"]["p"] == b["adaptive"]["p"]
    for name, value in a["task"].items():
        torch.testing.assert_close(b["task"][name], value, rtol=1e-4, atol=1e-4)


def test_equal_seeds_make_equal_runs_and_looking_changes_nothing(runs: Runs) -> None:
    blind = runs.make("blind", STYLES)
    looked_at = runs.make("looked-at", STYLES, "training.sample_kimg=0.016", "training.checkpoint_kimg=0.016")
    other = runs.make("other", STYLES, seed=1)
    for run in (blind, looked_at, other):
        assert work(run) == 0, log(run)
    assert differing(last(blind), last(looked_at)) == []
    assert differing(last(blind)["nets"], last(other)["nets"]) != []
    assert len(told(looked_at, "samples")) > len(told(blind, "samples"))


def test_adaptation_raises_p_and_the_checkpoint_keeps_it(runs: Runs) -> None:
    run = runs.make("run", STYLES, "augmentation.p.target=0")
    assert work(run) == 0, log(run)
    assert last(run)["adaptive"]["p"] > 0
    assert told(run, "tick")[-1]["augment_p"] == pytest.approx(last(run)["adaptive"]["p"])


def test_a_finished_run_tells_its_whole_story_in_order(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC)
    assert work(run) == 0, log(run)
    kinds = [json.loads(line)["event"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert kinds[:4] == ["started", "probed", "samples", "checkpointed"]
    assert kinds[-5:] == ["probed", "samples", "evaluated", "checkpointed", "finished"]
    assert told(run, "finished")[0]["reason"] == "budget"
    tick = told(run, "tick")[-1]
    assert {"d", "g"} <= tick["losses"].keys()
    assert {"r1", "r2"} <= tick["penalties"].keys()
    assert {"d", "g"} == tick["grad_norms"].keys()
    assert isinstance(tick["d_real"], float)
    assert tick["p_real"] is None  # a relativistic logit is no probability
    assert load_summary(run)[0].phase == "finished"
    assert {p.name for p in run.iterdir()} == {
        *("run.json", "architecture.py", "metrics.jsonl", "summary.json", "log.txt", "process.json"),
        *("real.png", "samples", "checkpoints"),
    }


def wait_for(run: Path, kind: str, count: int = 1) -> None:
    deadline = time.monotonic() + 60
    while len(told(run, kind)) < count:
        assert time.monotonic() < deadline, log(run)
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["sigterm", "request"])
def test_asked_to_stop_it_finishes_the_step_keeps_a_checkpoint_and_says_so(runs: Runs, how: str) -> None:
    run = runs.make("run", TWO, "training.kimg=1000")
    worker = start(run)
    wait_for(run, "tick", 2)
    if how == "sigterm":
        worker.send_signal(signal.SIGTERM)
    else:
        requests.post(run, "stop")
    assert worker.wait(timeout=60) == 0, log(run)
    final = told(run, "finished")[0]
    assert final["reason"] == "stop"
    assert last(run)["progress"]["nimg"] == final["nimg"]
    assert not list((run / "requests").glob("*"))


def test_a_snapshot_is_taken_while_training_goes_on(runs: Runs) -> None:
    run = runs.make("run", TWO, "training.kimg=1000")
    worker = start(run)
    wait_for(run, "tick", 2)
    requests.post(run, "snapshot")
    wait_for(run, "checkpointed", 2)
    nimg = told(run, "checkpointed")[1]["nimg"]
    wait_for(run, "tick", len(told(run, "tick")) + 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0, log(run)
    assert told(run, "finished")[0]["nimg"] > nimg > 0


def test_minutes_count_over_resumes(runs: Runs) -> None:
    run = runs.make("run", TWO, "training.kimg=1000", "training.sample_kimg=1000")
    assert work(run, "--minutes", "0.02") == 0, log(run)
    assert work(run, "--resume", "--minutes", "0.02") == 0, log(run)
    first, second = told(run, "finished")
    assert first["reason"] == second["reason"] == "budget"
    assert second["time_s"] >= first["time_s"] >= 1.2
    batch = json.loads((run / "run.json").read_text())["recipe"]["training"]["batch"]
    assert second["nimg"] - first["nimg"] <= batch < first["nimg"]


def test_a_loss_that_is_no_number_fails_the_run_and_the_good_checkpoint_stays(runs: Runs) -> None:
    run = runs.make(
        "run", RELATIVISTIC, "discriminator_optimizer.lr=1e30", "training.checkpoint_kimg=0.032", "regularizers=[]"
    )
    assert work(run) == 1
    failed = told(run, "failed")[0]
    assert failed["loss"] in failed["error"]["message"]
    assert failed["step"] >= 1
    assert f"step {failed['step']}" in failed["error"]["message"]
    for path in checkpoint.all_checkpoints(run):
        state = checkpoint.load(path)
        assert all(v.isfinite().all() for net in state["nets"]["critics"].values() for v in net.values())
    assert load_summary(run)[0].phase == "failed"


def test_a_truncated_checkpoint_is_named_and_the_one_before_is_used(runs: Runs) -> None:
    run = runs.make("run", TWO, "training.checkpoint_kimg=0.032")
    assert work(run) == 0, log(run)
    newest = checkpoint.all_checkpoints(run)[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    before = checkpoint.all_checkpoints(run)[-2]
    assert work(run, "--resume") == 0, log(run)
    notes = told(run, "started")[-1]["notes"]
    assert any(newest.name in note and "damaged" in note for note in notes)
    assert told(run, "resumed")[0]["nimg"] == checkpoint.nimg_of(before)


def test_a_pickle_posing_as_a_checkpoint_is_refused_and_not_run(runs: Runs, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    run = runs.make("run", TWO)
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "0000000000.pt").write_bytes(pickle.dumps({"format": 1, "nets": Bomb()}))
    assert work(run, "--resume") == 2
    assert "no checkpoint that can be read" in told(run, "failed")[0]["error"]["message"]
    assert not (tmp_path / "exploded").exists()


def test_a_full_disk_fails_the_run_and_leaves_no_half_file(runs: Runs) -> None:
    run = runs.make("run", TWO)
    assert work(run, file_bytes=20_000) == 1
    assert "File too large" in told(run, "failed")[0]["error"]["message"]
    assert not list(run.rglob("*.tmp"))
    assert checkpoint.all_checkpoints(run) == []


def test_data_that_changed_since_the_run_began_is_refused(runs: Runs) -> None:
    run = runs.make("run", TWO)
    record = json.loads((run / "run.json").read_text())
    record["data"]["fingerprint"] = "another"
    (run / "run.json").write_text(json.dumps(record))
    assert work(run) == 2
    assert "fingerprint differs" in told(run, "failed")[0]["error"]["message"]


@pytest.mark.slow
def test_killed_at_twenty_random_moments_it_ends_bit_identical(runs: Runs) -> None:
    settings = ("training.kimg=10", "training.checkpoint_kimg=0.2", "training.sample_kimg=0.5")
    straight = runs.make("straight", STYLES, *settings)
    assert work(straight) == 0, log(straight)
    killed = runs.make("killed0", STYLES, *settings)
    moments = random.Random(0)
    kills, lives = 0, 1
    while True:
        resumes = ["--resume"] if checkpoint.all_checkpoints(killed) else []
        worker = start(killed, *resumes)
        if kills < 20:
            time.sleep(moments.uniform(0.5, 3.5))
        if kills == 20 or worker.poll() is not None:
            assert worker.wait(timeout=180) == 0, log(killed)
            assert differing(last(straight), last(killed)) == []
            if kills == 20:
                break
            # a fast machine is through before the twentieth kill; what is left of them goes to another run
            killed, lives = runs.make(f"killed{lives}", STYLES, *settings), lives + 1
            continue
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        kills += 1
        for path in checkpoint.all_checkpoints(killed):
            checkpoint.load(path)
    assert not list(killed.rglob(".*.tmp"))
