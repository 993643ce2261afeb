from __future__ import annotations

import itertools
import math

import pytest

from ganstudio.plot_axes import Axis, figure, figures, log_ticks, place, ticks, widened
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


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (5e-4, 5e-4, ["0.00045", "0.0005", "0.00055"]),
        (5e-4, 5.000001e-4, ["0.0005", "", ""]),
        (1_234_567, 1_234_577, ["1234570", "1234575"]),
        (24_000, 25_000, ["24,000", "24,500", "25,000"]),
        (3e-5, 3e-5, ["2.8e-05", "3e-05", "3.2e-05"]),
    ],
)
def test_a_figure_beside_a_mark_is_never_cut_short_or_that_of_another(
    low: float, high: float, written: list[str]
) -> None:
    marks = ticks(*widened(low, high, 0.02))
    texts = figures(marks, 8)
    assert texts == written
    for text, mark in zip(texts, marks, strict=True):
        assert not text or float(text.replace(",", "")) == pytest.approx(mark, rel=1e-9)


def test_figures_tell_neighbours_apart_however_near() -> None:
    assert figures([1e9, 1e9 + 5]) == ["1000000000", "1000000005"]
    assert figures([5e-4, 5.00002e-4]) == ["0.0005", "0.000500002"]


def test_an_axis_holds_its_finite_values_with_room_at_each_end() -> None:
    axis = Axis.around([2.0, math.nan, 12.0, math.inf], 0.1)
    assert (axis.low, axis.high) == (1.0, 13.0)
    assert (axis.place(1.0), axis.place(7.0), axis.place(13.0)) == (0.0, 0.5, 1.0)
    assert [text for _, text in axis.marks()] == ["5", "10"]


def test_a_log_axis_places_by_powers_of_ten() -> None:
    axis = Axis(0.0, 2.0, log=True)
    assert [round(axis.place(value), 6) for value in (1.0, 10.0, 100.0)] == [0.0, 0.5, 1.0]
    assert [(round(place, 6), text) for place, text in axis.marks()] == [(0.0, "1"), (0.5, "10"), (1.0, "100")]


@pytest.mark.parametrize(("log", "held"), [(False, (0.0, 1.0)), (True, (1.0, 10.0))])
def test_an_axis_without_values_stands_all_the_same(log: bool, held: tuple[float, float]) -> None:
    axis = Axis.around([math.nan], 0.02, log)
    assert 0 < axis.place(held[0]) < axis.place(held[1]) < 1
