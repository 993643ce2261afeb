"""SAN: whose slope moves a critic's directions and whose its features, against formulas written out here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Condition, CriticOutput, DataShape, JudgedPair, Pair
from ganstudio.engine.distributed import World
from ganstudio.engine.layers.class_head import ClassHead
from ganstudio.engine.layers.class_product import ClassProduct
from ganstudio.engine.made_up_data import data_for
from ganstudio.engine.preparation.san import DIRECTION, DirectedCritic
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.terms.objectives.adversarial import Adversarial
from ganstudio.errors import UsageError
from ganstudio.recipe import schema
from ganstudio.recipe.load import resolve
from tests.engine.toys import LINEAR, session
from tests.engine.updates.test_regularizers import images
from tests.engine.updates.test_techniques import shown

TOLD = Condition(torch.tensor([0, 1, 2, 1, 0]))


class Toy(nn.Module):
    """Features of three numbers, and below them last layers of every kind."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh())


class Plain(Toy):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 1)

    def forward(self, x: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.last(self.body(x)))


class TwoScales(Toy):
    def __init__(self) -> None:
        super().__init__()
        self.whole, self.patches, self.gate = nn.Linear(3, 1), nn.Conv2d(1, 1, (1, 2)), nn.Linear(3, 1)

    def forward(self, x: Tensor, condition: Condition) -> CriticOutput:
        h = self.body(x) * self.gate(x.flatten(1)[:, :3]).sigmoid()  # one output, and no last layer
        return CriticOutput((self.whole(h), self.patches(h[:, None, None])))


class Projection(Toy):
    def __init__(self) -> None:
        super().__init__()
        self.last, self.head = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 1)), ClassHead("projection", 3, 3)
        nn.init.normal_(self.head.embedding.weight)

    def forward(self, x: Tensor, condition: Condition) -> CriticOutput:
        h = self.body(x)
        logits, heads = self.head(self.last(h), h, condition.labels)
        return CriticOutput(logits, heads=heads)


class Product(Toy):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.product = nn.Embedding(3, 3), ClassProduct(3.0)

    def forward(self, x: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.product(self.body(x), self.embedding(condition.labels)))


def slopes(critic: DirectedCritic, learned: list[nn.Parameter]) -> tuple[list[Tensor], list[CriticOutput]]:
    """The hinge SAN loss's gradients, and the critic's answers to fixed real images and fakes."""
    real, fake = images(5, 1, 2, 2).double(), images(5, 1, 2, 2, seed=1).double()
    answers = [critic(x, TOLD) for x in (real, fake)]
    pair = JudgedPair(Pair("critic", fake, real), answers[1], answers[0])
    loss = Adversarial(schema.Hinge(san=True), "d")(shown(pair), [pair]).value
    return list(torch.autograd.grad(loss, learned)), answers


def expected(
    body: nn.Module, omega: Callable[[], Tensor], learned: list[nn.Parameter]
) -> tuple[list[Tensor], list[Tensor]]:
    """The same by hand: hinge with the direction fixed for the body, Wasserstein with the features fixed for the rest.

    `omega` makes the direction, [1, D] or [N, D].
    """
    answer = lambda h, w: (h * w).sum(1)  # noqa: E731
    h = [body(images(5, 1, 2, 2, seed=seed).double()) for seed in (0, 1)]
    still = omega().detach()
    by_features = (1 - answer(h[0], still)).relu().mean() + (1 + answer(h[1], still)).relu().mean()
    by_direction = (answer(h[1].detach(), omega()) - answer(h[0].detach(), omega())).mean()
    found = torch.autograd.grad(by_direction + by_features, learned)
    return list(found), [answer(each, still) for each in h]


def unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True)


def agree(found: list[Tensor], hand: list[Tensor]) -> None:
    for mine, other in zip(found, hand, strict=True):
        torch.testing.assert_close(mine.float(), other.float())


def directed(critic: nn.Module) -> Any:
    return DirectedCritic(critic.double(), images(5, 1, 2, 2).double(), TOLD)


def test_a_direction_learns_by_the_wasserstein_loss_and_features_by_the_objective() -> None:
    critic = directed(Plain())
    weight = critic.critic.last.layer.weight
    learned = [weight, critic.critic.body[1].weight]
    found, answers = slopes(critic, learned)
    hand, logits = expected(critic.critic.body, lambda: unit(weight), learned)
    agree(found, hand)
    agree([answer.logits[:, 0] for answer in answers], logits)
    agree([answer.heads[DIRECTION] for answer in answers], [answer.logits for answer in answers])


def test_each_of_several_scales_has_a_direction_of_its_own() -> None:
    critic = directed(TwoScales())
    toy = critic.critic
    weights = [toy.whole.layer.weight, toy.patches.layer.weight]
    assert isinstance(toy.gate, nn.Linear)
    found, answers = slopes(critic, weights)
    shown_to = (images(5, 1, 2, 2).double(), images(5, 1, 2, 2, seed=1).double())
    h = [(toy.body(x) * toy.gate(x.flatten(1)[:, :3]).sigmoid()).detach() for x in shown_to]
    whole, pair = (unit(weight.flatten(1)) for weight in weights)
    # the mean over the scales, and of patches over their two windows
    scores = [((each @ whole.T) + (each[:, :2] @ pair.T + each[:, 1:] @ pair.T) / 2).mean() / 2 for each in h]
    agree(found, list(torch.autograd.grad(scores[1] - scores[0], weights)))
    assert answers[0].heads[DIRECTION].shape == (5, 2)
    for scale, column in zip(answers[0].scales, answers[0].heads[DIRECTION].unbind(1), strict=True):
        torch.testing.assert_close(scale.flatten(1).mean(1).float(), column)


def test_a_projection_head_s_direction_is_the_sum_of_the_layer_s_and_the_class_s() -> None:
    critic = directed(Projection())
    last = critic.critic.last
    learned = [last.layer.weight, last.embedding.weight, critic.critic.body[1].weight]
    found, answers = slopes(critic, learned)
    omega = lambda: unit(last.layer.weight + last.embedding.weight)[TOLD.labels]  # noqa: E731
    hand, logits = expected(critic.critic.body, omega, learned)
    agree(found, hand)
    agree([answer.logits[:, 0] for answer in answers], logits)


def test_a_product_with_the_class_s_vector_takes_its_direction_alone() -> None:
    critic = directed(Product())
    learned = [critic.critic.embedding.weight, critic.critic.body[1].weight]
    found, answers = slopes(critic, learned)
    omega = lambda: unit(critic.critic.embedding.weight)[TOLD.labels]  # noqa: E731
    hand, logits = expected(critic.critic.body, omega, learned)
    agree(found, hand)
    agree([answer.logits[:, 0] for answer in answers], logits)


def test_a_critic_whose_answer_is_not_its_last_layers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"objective\.san: this critic has no last layer with one output"):
        session(tmp_path, LINEAR, "objective.san=true")

    class Adds(nn.Module):
        def __init__(self, options: object, shape: DataShape) -> None:
            super().__init__()
            self.last, self.added = nn.Linear(shape.channels * 64, 1), nn.Parameter(torch.ones(()))

        def forward(self, x: Tensor, condition: Condition) -> CriticOutput:
            return CriticOutput(self.last(x.flatten(1)) + self.added)

    with pytest.raises(UsageError, match=r"objective\.san: this critic's answer is not that of its last layer"):
        session(tmp_path, dataclasses.replace(LINEAR, critic=Adds), "objective.san=true")


SMALL: dict[str, dict[str, Any]] = {
    "biggan": {"channels": 2, "z_dim": 6, "attention": [8]},
    "dcgan": {"channels": 2, "label_dim": 2, "head": "projection", "minibatch": "stddev", "critic_norm": "spectral"},
    "fastgan": {"channels": 2},
    "projected": {"features": "lenet", "channels": 1, "mixed": 2},
    "r3gan": {"label_dim": 2},
    "resnet": {"channels": 4, "critic_channels": 4, "head": "classes"},
    "stylegan": {},
    "stylegan2": {"label_dim": 2},
    "videogan": {"channels": 2, "clip_channels": 2},
}


@pytest.mark.parametrize("name", SMALL)
def test_critics_of_every_kind_train_with_directions(name: str, tmp_path: Path) -> None:
    architecture = architectures.find(name)
    options = {**architecture.recipe.get("architecture", {}), "id": name, **SMALL[name]}
    side = 32 if name == "projected" else 16
    table = {**architecture.recipe, "architecture": options, "data": {"resolution": side}, "augmentation": None}
    settings = ("training.batch=8", "objective.san=true", "training.precision=fp32", "training.freeze_critic=1")
    recipe = resolve(table, settings, "test")
    kept = Session(recipe, architecture, data_for(architecture, recipe, tmp_path), 0, CPU, World())
    reports = {report.side: report for report in iterate(kept)}
    for side_name, report in reports.items():
        assert report.losses[side_name].isfinite()
        assert report.grad_norm > 0
