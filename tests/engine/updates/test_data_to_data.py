"""ReACGAN's data-to-data cross-entropy, worked by hand and against finite differences."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine.contract import Condition, CriticOutput, JudgedPair, Pair
from ganstudio.engine.terms.losses.data_to_data import DataToData, data_to_data
from ganstudio.recipe.task_choices import SynthesisTask

LABELS = torch.tensor([0, 0, 1])


def unit(*degrees: float) -> torch.Tensor:
    angles = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], 1)


def cosine(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def test_each_direction_is_weighed_against_its_proxy_and_the_images_of_other_classes_alone() -> None:
    answer = data_to_data(unit(0, 40, 70), unit(30, 30, 90), LABELS, 0.5, (0.98, 0.02))
    expected = []
    for to_proxy, to_others in ((30, [70]), (10, [30]), (20, [70, 30])):
        pull = math.exp(min(cosine(to_proxy) - 0.98, 0) / 0.5)
        push = sum(math.exp(max(cosine(angle) - 0.02, 0) / 0.5) for angle in to_others)
        expected.append(-math.log(pull / (pull + push)))
    assert answer.tolist() == pytest.approx(expected, abs=1e-12)


def test_within_the_margins_nothing_moves_it() -> None:
    angles = torch.tensor([0.0, 2.0, 92.0], dtype=torch.float64, requires_grad=True)
    directions = torch.stack([angles.deg2rad().cos(), angles.deg2rad().sin()], 1)
    answer = data_to_data(directions, unit(0, 0, 90), LABELS, 0.5, (0.98, 0.04))
    assert answer.tolist() == pytest.approx([math.log(2), math.log(2), math.log(3)])
    answer.sum().backward()
    assert angles.grad.tolist() == [0.0, 0.0, 0.0]


def test_a_batch_of_one_class_costs_nothing() -> None:
    assert data_to_data(unit(0, 50), unit(90, 90), torch.tensor([3, 3]), 0.5, (0.98, 0.02)).tolist() == [0.0, 0.0]


def test_its_gradient_agrees_with_finite_differences() -> None:
    torch.manual_seed(0)
    labels = torch.tensor([0, 1, 2, 0, 1])
    free = [torch.randn(5, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]

    def loss(directions: torch.Tensor, proxies: torch.Tensor) -> torch.Tensor:
        return data_to_data(F.normalize(directions, dim=1), F.normalize(proxies, dim=1), labels, 0.5, (0.98, 0.02))

    assert torch.autograd.gradcheck(loss, free)


@pytest.mark.parametrize(("side", "angle"), [("d", 60), ("g", 10)])
def test_the_critic_learns_it_on_real_images_and_the_generator_on_its_fakes(side: str, angle: float) -> None:
    def answer(degrees: float) -> CriticOutput:
        return CriticOutput(torch.zeros(2, 1), heads={"directions": unit(degrees, 80), "proxies": unit(0, 90)})

    labels = torch.tensor([0, 1])
    pair = Pair("critic", torch.zeros(2, 1, 1, 1), condition=Condition(labels))
    term = DataToData(side, SynthesisTask(class_weight=0.5, class_temperature=0.25, class_margins=(0.9, 0.1)))
    result = term(SimpleNamespace(), [JudgedPair(pair, fake=answer(10), real=answer(60))])
    assert torch.equal(result.value, data_to_data(unit(angle, 80), unit(0, 90), labels, 0.25, (0.9, 0.1)))
    assert result.value.min() > 0.1
    assert term.weight == 0.5


def test_a_critic_without_directions_costs_nothing() -> None:
    pair = Pair("critic", torch.zeros(1, 1, 1, 1), condition=Condition(torch.tensor([0])))
    plain = JudgedPair(pair, CriticOutput(torch.zeros(1, 1)), CriticOutput(torch.zeros(1, 1)))
    assert DataToData("d", SynthesisTask())(SimpleNamespace(), [plain]) is None
