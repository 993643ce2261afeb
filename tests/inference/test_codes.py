"""Codes within z: where they are, what setting one changes, a sheet of what each does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.codes import (
    ROWS,
    Code,
    columns_of,
    laid_out,
    next_value,
    parse_value,
    sheet,
    value_of,
    with_value,
)

CODES = laid_out([3], 2)
Z = np.array([[0.5, 2.0, -1.0, 0.3, 0.7, 9.0]], np.float32)


def category(z: np.ndarray) -> list[int]:
    return z[:, :3].argmax(1).tolist()


def test_codes_stand_one_behind_the_other_from_the_first_number_of_z_on() -> None:
    two = Code("category_2", "categorical", 3, 4), Code("number_1", "continuous", 7, 1)
    assert laid_out([3, 4], 1) == (Code("category_1", "categorical", 0, 3), *two)


def test_a_category_takes_its_value_by_changing_places_with_the_largest_number() -> None:
    assert with_value(Z, CODES[0], 2).tolist() == [pytest.approx([0.5, -1.0, 2.0, 0.3, 0.7, 9.0])]
    assert np.array_equal(with_value(Z, CODES[0], 1), Z)


def test_a_number_takes_its_value_through_the_normal_distribution() -> None:
    changed = with_value(Z, CODES[2], 0.6)
    assert math.erf(changed[0, 4] / math.sqrt(2)) == pytest.approx(0.6, abs=1e-6)
    assert np.array_equal(np.delete(changed, 4, 1), np.delete(Z, 4, 1))


def test_the_ends_of_a_number_are_finite() -> None:
    assert np.isfinite(with_value(Z, CODES[1], 1)).all()
    assert with_value(Z, CODES[1], -1)[0, 3] == -with_value(Z, CODES[1], 1)[0, 3]


def test_along_a_row_of_a_sheet_nothing_but_its_code_changes() -> None:
    columns = columns_of(CODES)
    drawn = np.random.default_rng(0).standard_normal((ROWS * columns, 6)).astype(np.float32)
    rows = sheet(drawn, CODES).reshape(ROWS, columns, 6)
    turns = [0, 0, 0, 0, 1, 1, 2, 2]
    for row, turn in zip(rows, turns, strict=True):
        places = range(CODES[turn].start, CODES[turn].start + CODES[turn].size)
        assert np.array_equal(np.delete(row, places, 1), np.delete(row[:1].repeat(columns, 0), places, 1))
        assert category(row) == ([0, 1, 2] if turn == 0 else [category(row)[0]] * 3)
    assert [math.erf(x / math.sqrt(2)) for x in rows[4, :, 3]] == pytest.approx([-2 / 3, 0, 2 / 3], abs=1e-6)


@pytest.mark.parametrize("text", ["category_1=3", "category_1=0.5", "number_1=1.2", "number_1", "number_3=0", "x=0"])
def test_a_code_or_a_value_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--code"):
        parse_value(text, CODES)


def test_a_code_is_named_with_its_value() -> None:
    assert parse_value("number_2 = -0.25", CODES) == (CODES[2], -0.25)


def test_the_value_of_a_code_is_what_it_was_given() -> None:
    z = np.random.RandomState(0).randn(1, 9).astype(np.float32)
    category, number = laid_out([4], 1)
    assert value_of(with_value(z, category, 3)[0], category) == 3
    assert value_of(with_value(z, number, -0.3)[0], number) == pytest.approx(-0.3, abs=1e-6)


def test_a_category_goes_round_and_a_number_by_tenths_to_its_ends() -> None:
    category, number = laid_out([4], 1)
    assert [next_value(3, category, steps) for steps in (-1, 1, 2)] == [2, 0, 1]
    assert [next_value(value, number, 1) for value in (-0.4236, 0.9, 0.999)] == [-0.3, 1, 1]
    assert next_value(-0.97, number, -1) == -1
