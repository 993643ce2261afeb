"""What is said of directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganstudio.inference.latent.directions import Direction
from ganstudio.inference.latent.finding.finder import opposite
from ganstudio.report.directions import reach, sentence

PROOF: dict[str, Any] = {"measure": "size", "spearman": 1.0, "moves": {}, "reach_of": "mnist", "class_kept": None}


def proved(low: float, high: float) -> Direction:
    return Direction("wide", np.ones((1, 2), np.float32), {}, PROOF | {"reach": [low, high]})


@pytest.mark.parametrize(
    ("ends", "text"), [((-2.0, 6.0), "-2 to over 6"), ((0.0, 1.5), "0 to 1.5"), ((0.0, 0.0), "none")]
)
def test_reach_is_told_by_its_ends(ends: tuple[float, float], text: str) -> None:
    assert reach(proved(*ends)) == text


def test_a_direction_whose_pictures_are_unlike_the_data_unmoved_says_so() -> None:
    assert "half of the pictures are unlike mnist as soon as they move, or before." in sentence(proved(0.0, 0.0))
    assert "within mnist from strength -1 to 2." in sentence(proved(-1.0, 2.0))


def test_the_opposite_of_no_reach_is_no_minus_0() -> None:
    assert reach(opposite(proved(0.0, 2.0))) == "-2 to 0"
