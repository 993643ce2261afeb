from __future__ import annotations

import itertools
import math

import pytest

from ganstudio.axes import figure, figures, log_ticks, place, ticks, widened
from ganstudio.units import format_seconds

LARGEST = 1.7e308
VALUES = (0.0, 1.0, -1.0, 0.3, 5e-324, -5e-324, 1e-310, 1e16, 1e16 + 2, 1e300, LARGEST, -LARGEST)
BAD = (math.nan, math.inf, -math.inf)


def test_marks_are_round_numbers_inside_the_axis() -> None:
    assert ticks(0, 1) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert ticks(-3, 9) == [0, 5]
    assert ticks(-LARGEST, LARGEST) == pytest.approx([-1e308, 0, 1e308])


def test_an_axis_of_equal_huge_values_has_one_mark() -> None:
    assert ticks(1e300, 1e300) == [1e300]
    assert ticks(5e-324, 5e-324) == [5e-324]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_number_has_no_marks(bad: float) -> None:
    assert ticks(bad, 1) == ticks(0, bad) == ticks(bad, bad) == []


@pytest.mark.parametrize(("low", "high"), [pair for pair in itertools.product(VALUES, VALUES) if pair[0] <= pair[1]])
def test_any_two_numbers_make_an_axis_with_marks_and_places(low: float, high: float) -> None:
    for share in (0.02, 0.05):
        edges = widened(low, high, share)
        assert edges[0] < edges[1]
        assert all(map(math.isfinite, edges))
        marks = ticks(*edges)
        assert 0 < len(marks) <= 12
        assert len(figures(marks)) == len(marks)
        assert 0 <= place(low, *edges) <= place(high, *edges) <= 1


def test_logarithms_of_the_largest_numbers_have_marks() -> None:
    assert log_ticks(-324, 309) == [-200, 0, 200]
    assert log_ticks(0, 13) == [0, 5, 10]
    assert log_ticks(308.2, 308.3)


def test_figures_of_huge_numbers_are_short() -> None:
    assert [figure(value) for value in (12_345.6, 1e300, -LARGEST)] == ["12,346", "1e+300", "-1.7e+308"]


def test_a_time_that_is_no_number_is_a_dash() -> None:
    assert format_seconds(math.inf) == format_seconds(math.nan) == "–"
