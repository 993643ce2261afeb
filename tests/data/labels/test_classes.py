from __future__ import annotations

import numpy as np
import pytest

from ganstudio.data.labels.classes import drop_empty_classes, natural_order, number_classes, parse_number


@pytest.mark.parametrize(
    "names",
    [
        ["0.0", "1.0", "2.0", "9.0", "10.0"],
        ["-10", "-1", "0", "0.5", "1e1", "11", "cat"],
        ["1", "2", "10", "26"],
        ["Class 1", "Class 2", "Class 10", "Class 10b"],
        ["n1440764", "n2085620", "n10565667"],
        ["B", "a", "b", "ä"],
    ],
    ids=str,
)
def test_classes_are_in_the_order_of_their_numbers(names: list[str]) -> None:
    assert sorted(set(names), key=natural_order) == names


def test_classes_are_numbered_in_their_order_and_each_has_an_image() -> None:
    classes, labels = number_classes(["10", "2", "1", "2"])
    assert (classes, labels.tolist()) == (("1", "2", "10"), [2, 1, 0, 1])
    kept, places = drop_empty_classes(("0", "1", "2", "3"), np.array([3, 1, 3]))
    assert (kept, places.tolist()) == (("1", "3"), [1, 0, 1])


def test_what_is_no_number_is_none() -> None:
    assert [parse_number(text) for text in ("1.", "+.5", "-2e3")] == [1.0, 0.5, -2000.0]
    assert [parse_number(text) for text in ("", "nan", "inf", "1_0", "0x1", "²", "1 2")] == [None] * 7
