from __future__ import annotations

import math

from ganstudio.plot_axes import Axis
from ganstudio.runs.metrics.downsampling import Column
from ganstudio.tui.widgets.canvas import BLANK, Canvas
from ganstudio.tui.widgets.plot import LABEL, _foot, _labels, axis_of, smoothed_columns, trace
from ganstudio.tui.widgets.sparkline import sparkline


def text(canvas: Canvas) -> list[str]:
    return ["".join(letter for letter, _ in canvas.row(y)) for y in range(canvas.rows)]


def test_dots_are_those_of_unicode_braille() -> None:
    canvas = Canvas(1, 1)
    for x, y in ((0, 0), (1, 3)):
        canvas.dot(x, y, 0)
    assert text(canvas) == [chr(0x2800 + 0x01 + 0x80)]


def test_a_steep_line_has_no_holes() -> None:
    canvas = Canvas(4, 8)
    canvas.line(0, 31, 7, 0, 0)
    drawn = {(x, y) for y in range(32) for x in range(8) if _is_drawn(canvas, x, y)}
    assert {y for _, y in drawn} == set(range(32))
    assert {x for x, _ in drawn} == set(range(8))


def _is_drawn(canvas: Canvas, x: int, y: int) -> bool:
    letter, _ = list(canvas.row(y // 4))[x // 2]
    one = Canvas(1, 1)
    one.dot(x % 2, y % 4, 0)
    bit, _ = next(one.row(0))
    return bool((ord(letter) - 0x2800) & (ord(bit) - 0x2800))


def test_what_lies_outside_is_not_drawn() -> None:
    canvas = Canvas(2, 2)
    canvas.dot(-1, 0, 0)
    canvas.dot(0, 99, 0)
    canvas.bar(1, -50, -10, 0)
    assert text(canvas) == [BLANK * 2] * 2


def test_lines_differ_without_colour() -> None:
    drawn = []
    for owner in range(3):
        canvas = Canvas(12, 1)
        canvas.line(0, 0, 23, 0, owner)
        drawn.append(text(canvas)[0])
    assert len(set(drawn)) == 3


def test_smoothing_begins_at_the_first_value_and_not_at_zero() -> None:
    line = [Column(x, 4.0, 4.0, 4.0) for x in range(5)]
    assert all(math.isclose(column.mean, 4.0) for column in smoothed_columns(line, 0.9))


def test_a_single_point_is_seen_whatever_the_dashes_of_its_line() -> None:
    for owner in range(6):
        for x in range(8, 20):
            canvas = Canvas(14, 3)
            trace(canvas, [Column(x, 5.0, 5.0, 5.0)], Axis(0.0, 10.0), owner)
            dots = sum(bin(ord(cell) - 0x2800).count("1") for row in text(canvas) for cell in row)
            assert dots >= 3


def test_the_axes_of_a_plot_say_small_and_large_numbers_as_they_are() -> None:
    assert set(_labels(Axis(4.4e-4, 5.6e-4), 9).values()) == {"0.00045", "0.0005", "0.00055"}
    assert set(_labels(Axis(1_234_567, 1_234_577), 6).values()) == {"1234570", "1234575"}
    assert _foot((24_000_000, 24_002_000), 60).split() == ["24000", "24000.5", "24001", "24001.5", "24002"]
    assert all(len(text) <= LABEL for text in _labels(Axis(-1.7e308, 1.7e308), 20).values())


def test_the_largest_numbers_are_drawn() -> None:
    line = [Column(0, -1.7e308, 1.7e308, 0.0), Column(9, 1.7e308, 1.7e308, 1.7e308)]
    canvas = Canvas(5, 2)
    trace(canvas, line, axis_of([line], False), 0)
    assert BLANK not in text(canvas)[0]


def test_a_sparkline_ends_with_the_last_values_between_the_least_and_the_largest() -> None:
    assert sparkline([9.0, 0.0, math.nan, 3.5, 7.0], 3) == "▁▅█"
    assert sparkline([2.0, 2.0], 5) == "▁▁"
    assert sparkline([-1.7e308, 1.7e308], 5) == "▁█"
    assert sparkline([math.inf], 5) == ""
