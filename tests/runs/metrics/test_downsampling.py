from __future__ import annotations

import math

import pytest

from ganstudio.runs.metrics.downsampling import Buckets, Column, Curve, columns_of, smoothed, thinned


def curve(nimg: list[int], values: list[float]) -> Curve:
    return Curve(tuple(nimg), tuple(values), tuple(values), tuple(values))


def test_a_column_holds_the_least_and_the_most_of_what_falls_on_it() -> None:
    columns = columns_of(curve([0, 1, 2, 100], [5.0, 1.0, 3.0, 2.0]), (0, 100), 11)
    assert columns[0] == Column(0, 1.0, 5.0, 3.0)
    assert columns[-1] == Column(10, 2.0, 2.0, 2.0)


def test_only_what_is_in_the_window_is_drawn() -> None:
    columns = columns_of(curve([0, 50, 60, 100], [1.0, 2.0, 3.0, 4.0]), (40, 70), 31)
    assert [column.mean for column in columns] == [2.0, 3.0]


def test_the_mean_of_a_bucket_weighs_every_value_alike() -> None:
    buckets = Buckets()
    for number, value in enumerate((1.0, 2.0, 6.0, 7.0)):
        buckets.add(number, value, value, value, 1, joined=number > 0)
    assert buckets.curve() == Curve((3,), (1.0,), (7.0,), (pytest.approx(4.0),))


def test_neighbours_are_halved_by_their_counts_and_an_odd_one_stays() -> None:
    buckets = Buckets()
    for end, mean, count in ((1, 1.0, 3), (2, 5.0, 1), (3, 9.0, 1)):
        buckets.add(end, mean, mean, mean, count, joined=False)
    assert buckets.halved().curve() == Curve((2, 3), (1.0, 9.0), (5.0, 9.0), (2.0, 9.0))


def test_the_largest_numbers_have_a_mean() -> None:
    columns = columns_of(curve([0, 1, 2], [1.7e308, 1.7e308, -1.7e308]), (0, 1000), 10)
    assert [column.x for column in columns] == [0]
    assert math.isfinite(columns[0].mean)


def test_thinning_keeps_the_peaks_in_their_order() -> None:
    values = [math.sin(n / 50) for n in range(10_000)]
    values[5_000], values[5_001] = 9.0, -9.0
    points = thinned(range(10_000), values, 200)
    assert len(points) <= 400
    assert {9.0, -9.0} <= {value for _, value in points}
    assert points == sorted(points, key=lambda point: point[0])
    assert (points[0][0], points[-1][0]) == (0, 9_999)


def test_a_short_line_is_not_thinned_but_of_what_is_not_finite() -> None:
    assert thinned((1, 2, 3), (1.0, math.nan, 3.0), 200) == [(1, 1.0), (3, 3.0)]


def test_smoothing_leaves_what_is_not_finite_as_it_is() -> None:
    # By hand, weights 1/2 a step: 1; (2 + 1/2)/(1 + 1/2); (3 + 2/2 + 1/4)/(1 + 1/2 + 1/4).
    assert smoothed([1.0, 2.0, math.inf, 3.0], 0.5) == pytest.approx([1.0, 5 / 3, math.inf, 17 / 7])
