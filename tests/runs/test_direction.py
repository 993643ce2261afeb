"""Which way a score is better, in sorting, in findings and in the fold of events."""

from __future__ import annotations

import math

import pytest

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.rules.convergence import divergence, stalled
from ganstudio.runs.direction import Better, as_better, best_of, gains, rank, times_worse
from ganstudio.runs.state import RunState, fold


def case(values: list[float], better: Better) -> Case:
    state = RunState(phase="running")
    for number, value in enumerate(values, 1):
        told = {"event": "evaluated", "nimg": number * 1000, "time_s": float(number), "score": "s", "value": value}
        state = fold(state, {**told, "better": better})
    return Case({}, "data", state)


def test_the_better_sorts_first_and_what_is_no_number_last() -> None:
    assert sorted([3.0, math.nan, 1.0], key=lambda value: rank(value, "lower"))[:2] == [1.0, 3.0]
    assert sorted([3.0, math.nan, 1.0], key=lambda value: rank(value, "higher"))[:2] == [3.0, 1.0]
    assert rank(None, "higher") == math.inf
    assert (best_of([1.0, 2.0], "lower"), best_of([1.0, 2.0], "higher")) == (1.0, 2.0)


def test_gains_and_losses_are_shares_of_the_earlier_value() -> None:
    assert gains(96.0, 100.0, 0.03, "lower")
    assert not gains(98.0, 100.0, 0.03, "lower")
    assert gains(104.0, 100.0, 0.03, "higher")
    assert not gains(96.0, 100.0, 0.03, "higher")
    assert (times_worse(20.0, 10.0, "lower"), times_worse(10.0, 20.0, "higher")) == (2.0, 2.0)


@pytest.mark.parametrize("word", [None, "lower", "else"])
def test_an_event_without_a_direction_is_of_a_distance(word: str | None) -> None:
    assert as_better(word) == "lower"


def test_a_score_that_should_be_high_is_found_worse_where_it_falls_and_not_where_it_rises() -> None:
    falling, rising = [30.0, 29.0, 28.0, 24.0, 20.0, 12.0], [12.0, 20.0, 24.0, 28.0, 29.0, 30.0]
    assert [f.rule for f in divergence(case(falling, "higher"))] == ["divergence"]
    assert list(divergence(case(rising, "higher"))) == []
    assert [f.rule for f in divergence(case(rising, "lower"))] == ["divergence"]
    assert case(rising, "higher").improving
    assert not case(rising, "lower").improving


def test_a_score_that_should_be_high_and_stays_where_it_was_has_stalled() -> None:
    flat = [20.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.1, 30.1, 30.0, 30.1]
    assert [f.rule for f in stalled(case(flat, "higher"))] == ["stalled"]
    assert list(stalled(case([float(20 + n) for n in range(10)], "higher"))) == []
