"""Patches told by their inputs: numbers worked by hand, and what learns of them."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.engine.terms.losses.contrast import patch_nce

ALIKE, OTHER = [1.0, 0.0], [0.0, 1.0]


@pytest.mark.parametrize(
    ("queries", "keys", "temperature", "cost", "hits"),
    [
        ([ALIKE, OTHER], [ALIKE, OTHER], 1.0, math.log(1 + math.exp(-1)), 1.0),  # 1 of the own place, 0 of the other
        ([ALIKE, OTHER], [OTHER, ALIKE], 1.0, math.log(1 + math.exp(1)), 0.0),
        ([ALIKE, OTHER], [OTHER, ALIKE], 0.5, math.log(1 + math.exp(2)), 0.0),
        ([ALIKE, ALIKE, ALIKE], [ALIKE, ALIKE, ALIKE], 0.07, math.log(3), 1 / 3),  # nothing to tell them by
    ],
)
def test_a_query_is_told_from_the_other_places_of_its_picture(
    queries: list[list[float]], keys: list[list[float]], temperature: float, cost: float, hits: float
) -> None:
    found, share = patch_nce(torch.tensor([queries]), torch.tensor([keys]), temperature)
    assert found.tolist() == pytest.approx([cost], rel=1e-5)
    assert share.item() == pytest.approx(hits)


def test_places_of_other_pictures_are_not_compared() -> None:
    together, _ = patch_nce(torch.tensor([[ALIKE, OTHER], [OTHER, ALIKE]]), torch.tensor([[ALIKE, OTHER]] * 2), 1.0)
    assert together.tolist() == pytest.approx([math.log(1 + math.exp(-1)), math.log(1 + math.exp(1))], rel=1e-5)


def test_the_query_learns_as_a_cross_entropy_does() -> None:
    queries = torch.tensor([[ALIKE, OTHER]], requires_grad=True)
    cost, _ = patch_nce(queries, torch.tensor([[ALIKE, OTHER]]), 1.0)
    cost.sum().backward()
    wrong = 1 / (1 + math.e)  # the share of the other place; each of two places is half of the mean
    assert queries.grad[0].tolist() == pytest.approx(
        torch.tensor([[-wrong / 2, wrong / 2], [wrong / 2, -wrong / 2]]), rel=1e-5
    )
