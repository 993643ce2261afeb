"""What ends a training before its length does, and that a resume obeys it too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio.engine.endings import Ends
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.run_folder.journal import Journal
from ganstudio.errors import UsageError
from ganstudio.runs.record import NAME, load_record
from tests.engine.conftest import WITNESSES, Runs, told
from tests.engine.workers import ask, work

TWO, RELATIVISTIC = (next(w for w in WITNESSES if w.stem == stem) for stem in ("two_domains", "relativistic_pair"))
STILL = ("generator_optimizer.lr=0", "training.ema_kimg=0")
SCORED = ("evaluation.every_kimg=0.032", "training.checkpoint_kimg=1000", "training.sample_kimg=1000")


def ending(run: Path, **ends: Any) -> Path:
    """The run, whose record asks for an early end."""
    table = {**json.loads((run / NAME).read_text()), **ends}
    (run / NAME).write_text(json.dumps(table))
    return run


def log(run: Path) -> str:
    return (run / "log.txt").read_text()


def last_nimg(run: Path) -> int:
    return checkpoint.nimg_of(checkpoint.all_checkpoints(run)[-1])


def test_a_condition_on_a_score_ends_the_run_at_that_score_with_a_checkpoint(runs: Runs) -> None:
    run = ending(runs.make("run", RELATIVISTIC, *SCORED), stop_when="fd > 0 and kimg > 0.05")
    assert work(run) == 0, log(run)
    final = told(run, "finished")[0]
    assert (final["reason"], final["nimg"]) == ("stop_when", 64)
    assert last_nimg(run) == 64
    assert told(run, "samples")[-1]["nimg"] == 64
    assert [event["nimg"] for event in told(run, "evaluated")] == [32, 64]


def test_a_condition_on_other_numbers_ends_the_run_at_a_tick_and_a_resume_obeys_it(runs: Runs) -> None:
    run = ending(runs.make("run", TWO, "training.kimg=1000"), stop_when="loss.d > 99 or kimg > 0.003")
    assert work(run) == 0, log(run)
    assert told(run, "finished")[0]["reason"] == "stop_when"
    assert last_nimg(run) == told(run, "finished")[0]["nimg"]
    assert work(run, "--resume") == 0, log(run)
    assert [event["reason"] for event in told(run, "finished")] == ["stop_when", "stop_when"]


def test_patience_ends_a_run_whose_score_gets_no_better(runs: Runs) -> None:
    run = ending(runs.make("run", RELATIVISTIC, *SCORED, *STILL, "training.kimg=1000"), patience=0.06)
    assert work(run) == 0, log(run)
    final = told(run, "finished")[0]
    # nothing is learnt: the first score, at 32, stays the best; the next two are not better
    assert (final["reason"], final["nimg"]) == ("patience", 96)
    assert last_nimg(run) == 96


def test_patience_looks_back_from_the_best_score_over_a_resume(runs: Runs) -> None:
    run = ending(runs.make("run", RELATIVISTIC, *SCORED, *STILL, "training.kimg=1000"), patience=0.06)
    assert work(run) == 0, log(run)
    half = runs.copy(run, "half")
    (kept,) = [path for path in checkpoint.all_checkpoints(half) if checkpoint.nimg_of(path) == 32]
    for path in checkpoint.all_checkpoints(half):
        if path != kept:
            path.unlink()
    assert work(half, "--resume") == 0, log(half)
    assert told(half, "finished")[-1]["nimg"] == 96


def test_two_processes_end_together(runs: Runs) -> None:
    run = ending(runs.make("run", RELATIVISTIC, *SCORED, processes=2), stop_when="fd > 0 and kimg > 0.05")
    assert work(run, processes=2) == 0, log(run)
    assert told(run, "finished")[0]["nimg"] == 64


@pytest.mark.parametrize(
    ("seconds", "ending_s", "reached"),
    [(50.0, 9.0, None), (51.0, 9.0, "budget"), (60.0, 0.0, "budget"), (29.0, 90.0, None), (30.0, 90.0, "budget")],
)
def test_minutes_hold_the_score_at_the_end_but_for_one_that_takes_most_of_them(
    seconds: float, ending_s: float, reached: str | None, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, seconds)
    journal.hold_clock()
    ends = Ends(1.0, None, None)
    assert ends.reached(journal, ending_s) == reached
    assert ends.late(seconds) == (seconds >= 30)


def test_a_run_whose_score_takes_long_ends_within_its_minutes(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC, *SCORED, "training.kimg=1000")
    assert work(run, "--minutes", "0.02") == 0, log(run)
    final, score = told(run, "finished")[0], told(run, "evaluated")[-1]
    assert final["words"].startswith("--minutes 0.02 is spent")
    assert final["nimg"] == score["nimg"]
    assert f"finished: {final['words']}" in log(run)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            {"patience": 5.0},
            "--patience 5: this training has no score to wait for: translations are scored on 2 images a domain",
        ),
        ({"stop_when": "fd < 5"}, "--stop-when 'fd < 5': translations are scored on 2 images a domain"),
        ({"stop_when": "FD[x]-5k < 5"}, "there is no score 'FD[x]-5k'"),
    ],
)
def test_waiting_for_a_score_that_never_comes_is_refused(runs: Runs, ends: dict[str, Any], said: str) -> None:
    run = ending(runs.make("run", TWO), **ends)
    code, answer = ask("dry-run", str(run / NAME))
    assert code == 2
    assert said in answer["error"]["message"]
    assert work(run) == 2
    assert told(run, "started") == []


def test_without_an_extractor_the_reason_is_said(runs: Runs) -> None:
    run = ending(runs.make("run", RELATIVISTIC, 'evaluation.features="none"'), patience=5.0)
    with pytest.raises(UsageError, match=r"no score to wait for: evaluation\.features is none"):
        Ends.of(load_record(run / NAME), None, None, None)
