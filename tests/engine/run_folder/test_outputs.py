from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ganstudio.engine.distributed import World
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.training_scores.training_scorer import Score
from ganstudio.engine.run_folder.outputs import FIRST_S, LiveTraining, evaluate, measure, unaffordable
from ganstudio.engine.telemetry import Telemetry
from ganstudio.engine.training import scored
from ganstudio.runs.direction import Better
from ganstudio.runs.state import RunState, fold
from tests.engine.toys import LINEAR, session

NAMED = ("evaluation.features=efficientnet-lite0",)


class Timed:
    """A scorer whose scores take so many seconds and have these values."""

    names = ("FD",)

    def __init__(self, features: str, seconds: float, values: Iterable[float] = (), better: Better = "lower") -> None:
        self.features, self.seconds, self.values, self.better = features, seconds, iter(values), better
        self.quick = features == "lenet"

    def expected_s(self) -> float:
        return self.seconds

    def __call__(self) -> list[Score]:
        return [Score(self.names[0], self.features, 1, next(self.values), self.seconds, better=self.better)]


class Written:
    """A journal that keeps its events, on a clock that stands still."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.events, self.state = seconds, [], None

    def write(self, event: str, nimg: int, **fields: Any) -> None:
        self.events.append({"event": event, "nimg": nimg, **fields})


def training_of(
    tmp_path: Path, score: Timed, *settings: str, seconds: float = 0.0, patience: float | None = None
) -> LiveTraining:
    toy = session(tmp_path, LINEAR, *settings)
    return LiveTraining(
        *(tmp_path, toy, score, None, Written(seconds)),  # type: ignore[arg-type]
        *(Telemetry(World(), torch.device("cpu")), Ends(None, None, patience)),
    )


def test_a_score_that_is_no_number_is_never_the_best(tmp_path: Path) -> None:
    training = training_of(tmp_path, Timed("none", 0.0, [math.nan, 3.0, math.nan, 4.0, 2.0]))
    better = []
    for nimg in range(1, 6):
        training.session.progress.nimg = nimg
        better.append(evaluate(training))
    assert better == [False, True, False, False, True]
    assert training.session.progress.best == {"score": 2.0, "nimg": 5, "better": "lower"}


def test_the_best_of_a_score_that_should_be_high_is_the_highest_and_patience_waits_for_it(tmp_path: Path) -> None:
    training = training_of(tmp_path, Timed("none", 0.0, [20.0, 24.0, 22.0, 23.0], "higher"), patience=2)
    state, better, reasons = RunState(), [], []
    for kimg in range(1, 5):
        training.session.progress.nimg = kimg * 1000
        better.append(evaluate(training))
        reasons.append(training.ends.stale(training.nimg, training.session.progress.best))
        state = fold(state, {**training.journal.events[-1], "time_s": 0.0})  # type: ignore[union-attr]
    assert better == [True, True, False, False]
    assert reasons == [None, None, None, "patience"]
    assert training.session.progress.best == {"score": 24.0, "nimg": 2000, "better": "higher"}
    assert (state.best, state.best_is) == ((24.0, 2000), "higher")


def test_a_score_of_samples_all_alike_yields_to_the_first_of_others_and_displaces_none(tmp_path: Path) -> None:
    training = training_of(tmp_path, Timed("none", 0.0))
    state, best = RunState(), []
    for nimg, (value, alike) in enumerate(
        [(600.0, True), (500.0, True), (900.0, False), (400.0, True), (800.0, False)], 1
    ):
        training.session.progress.nimg = nimg
        score = Score("FD", "none", 1, value, 0.0, alike)
        measure(training, lambda score=score: [score])  # type: ignore[arg-type]
        state = fold(state, {**training.journal.events[-1], "time_s": 0.0})  # type: ignore[union-attr]
        best.append(training.session.progress.best["nimg"])  # type: ignore[index]
        assert state.best is not None
        assert state.best.nimg == best[-1]
    assert best == [1, 2, 3, 3, 5]
    assert [value for _, value in state.history.line("scores.FD")] == [850.0]  # one span holds them all


@pytest.mark.parametrize(
    ("features", "settings", "kimg", "may"),
    [
        ("efficientnet-lite0", (), 1, False),
        ("efficientnet-lite0", (), 50, False),
        ("efficientnet-lite0", NAMED, 49, False),
        ("efficientnet-lite0", NAMED, 50, True),
        ("lenet", (), 49, False),
        ("lenet", (), 50, True),
    ],
)
def test_a_score_that_takes_too_long_waits_at_least_for_the_interval(
    tmp_path: Path, features: str, settings: tuple[str, ...], kimg: float, may: bool
) -> None:
    score = Timed(features, 100.0)
    training = training_of(tmp_path, score, *settings, seconds=60.0)
    training.session.progress.nimg = round(kimg * 1000)
    assert (unaffordable(training, score) is None) is may


def test_scores_keep_within_five_percent_of_the_time_and_what_the_first_may_take(tmp_path: Path) -> None:
    score = Timed("lenet", FIRST_S / 2)
    training = training_of(tmp_path, score, seconds=1.0)
    assert unaffordable(training, score) is None
    training.scored_s = FIRST_S / 2 + 1.0
    assert unaffordable(training, score) == FIRST_S / 2
    training.journal = SimpleNamespace(seconds=19.9)  # type: ignore[assignment]
    assert unaffordable(training, score) == FIRST_S / 2
    training.journal = SimpleNamespace(seconds=20.1)  # type: ignore[assignment]
    assert unaffordable(training, score) is None
    training.began_s = 10.0  # a resume has its own account
    assert unaffordable(training, score) == FIRST_S / 2


def test_a_skipped_score_is_told_with_its_name_and_why(tmp_path: Path) -> None:
    training = training_of(tmp_path, Timed("efficientnet-lite0", 90.0))
    training.session.progress.nimg = 1000
    assert evaluate(training, whatever_it_takes=False) is False
    (told,) = training.journal.events  # type: ignore[union-attr]
    why = "it would take 1:30, and scores get 5% of the time"
    assert told == {"event": "skipped", "nimg": 1000, "score": "FD", "why": why}


def test_patience_looks_at_scores_that_were_made_and_at_no_skipped_one(tmp_path: Path) -> None:
    score = Timed("efficientnet-lite0", 0.0, [5.0, 6.0])
    training = training_of(tmp_path, score, patience=3)
    reasons = []
    for kimg, seconds in ((1, 0.0), (2, 90.0), (5, 90.0), (10, 90.0), (20, 0.0)):
        training.session.progress.nimg, score.seconds = kimg * 1000, seconds
        evaluate(training, whatever_it_takes=False)
        if kimg < 20:
            reasons.append(scored(training, frozenset({"score"})))
    assert reasons == [None] * 4
    assert training.ends.stale(training.nimg, training.session.progress.best) == "patience"
