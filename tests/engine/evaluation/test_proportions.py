"""Intervals and tests of shares, against published numbers and a peer library."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from ganstudio.engine.evaluation.proportions import Counted, fisher, holm, mcnemar


@pytest.mark.parametrize(("count", "n"), [(0, 20), (3, 20), (20, 20), (104, 1000), (1, 10_000)])
def test_an_interval_is_the_one_that_scipy_calls_wilson(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(0.95, method="wilson")
    assert Counted(count, n).interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_lady_who_tells_three_of_four_cups_may_be_guessing() -> None:
    # Fisher 1935: 34 of 70 ways are as far from independence
    assert fisher(Counted(3, 4), Counted(1, 4)) == pytest.approx(34 / 70)


def test_answers_that_differ_on_six_images_one_way_are_no_chance() -> None:
    assert mcnemar(6, 0) == pytest.approx(2 / 2**6)
    assert mcnemar(0, 0) == 1.0


def test_the_correction_steps_down_and_never_orders_anew() -> None:
    # worked by hand: 4 * 0.005, 3 * 0.01, 2 * 0.03, then no less than the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
