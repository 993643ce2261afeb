"""Unrolled critics against formulas worked by hand: D(x) = w times the mean of x, G = a constant picture of t."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.conformance import CPU, differing
from ganstudio.engine.contract import CriticOutput
from ganstudio.engine.devices import Compute
from ganstudio.engine.session import Session
from ganstudio.engine.step import update
from tests.engine.toys import LINEAR, STILL, WITNESS, gradients, one_side, session

W, T, LR = 0.5, 0.25, 0.1


class Constant(nn.Module):
    z_dim, conditional = 1, False

    def __init__(self, options, shape):
        super().__init__()
        self.image = (shape.channels, *shape.size)
        self.t = nn.Parameter(torch.tensor(T))

    def forward(self, z, labels=None):
        return self.t.expand(z.shape[0], *self.image)


class Slope(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(W))

    def forward(self, images, condition):
        return CriticOutput(self.w * images.flatten(1).mean(1, keepdim=True))


TOY = replace(LINEAR, generator=Constant, critic=Slope)


def toy(folder: Path, steps: int, *settings: str) -> Session:
    return session(folder, TOY, f"unrolling={{steps={steps}, lr={LR}}}", *STILL, *settings)


def slope_of(toy: Session) -> tuple[float, list[float]]:
    """What the generator's one parameter gets, and the mean of the real images of each step ahead."""
    means: list[float] = []

    def note(_net: nn.Module, given: tuple[Tensor, ...]) -> None:
        if not given[0].requires_grad:
            means.append(given[0].mean().item())

    hook = toy.nets.critics["critic"].register_forward_pre_hook(note)
    update(toy, "g")
    hook.remove()
    return toy.nets.generators["generator"].t.grad.item(), means


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_generator_learns_through_the_critics_steps_ahead(steps: int, tmp_path: Path) -> None:
    slope, means = slope_of(toy(tmp_path, steps))
    # Wasserstein: each step ahead is w <- w - lr (t - m); the generator's loss is -w_k t, its slope -w_k - t dw_k/dt
    assert len(means) == steps
    ahead = W - LR * sum(T - mean for mean in means)
    assert slope == pytest.approx(-ahead + T * steps * LR, rel=1e-5)


def test_steps_ahead_of_a_curved_objective_agree_with_finite_differences(tmp_path: Path) -> None:
    found = toy(tmp_path, 2, "objective.kind=least_squares")
    slope, means = slope_of(found)

    def loss(t: float) -> float:
        w = torch.tensor(W, dtype=torch.float64)
        for real in batches:
            w = w - LR * ((w * real - 1) * real).mean() - LR * w * t * t
        return float((w * t - 1) ** 2 / 2)

    batches = [images.flatten(1).mean(1).double() for images in ahead_images(tmp_path)]
    assert [batch.mean().item() for batch in batches] == pytest.approx(means)
    step = 1e-5
    assert slope == pytest.approx((loss(T + step) - loss(T - step)) / (2 * step), rel=1e-4)


def ahead_images(folder: Path) -> list[Tensor]:
    """The real images of the steps ahead, in order."""
    images: list[Tensor] = []
    again = toy(folder, 2, "objective.kind=least_squares")
    again.nets.critics["critic"].register_forward_pre_hook(
        lambda _net, given: images.append(given[0].detach()) if not given[0].requires_grad else None
    )
    update(again, "g")
    return images


def test_looking_ahead_leaves_the_critic_as_it_was_and_never_shows_a_batch_twice(tmp_path: Path) -> None:
    looked = toy(tmp_path, 2)
    before = one_side(looked, "d")
    first, second = slope_of(looked)[1], slope_of(looked)[1]
    assert differing(before, one_side(looked, "d")) == []
    assert looked.nets.critics["critic"].w.grad is None
    assert len({*first, *second}) == 4


def test_parts_of_a_batch_look_ahead_as_the_whole_does(tmp_path: Path) -> None:
    whole, parts = (toy(tmp_path, 2, f"training.micro_batch={micro}") for micro in ("none", 2))
    assert slope_of(parts)[0] == pytest.approx(slope_of(whole)[0], rel=1e-5)


def test_critics_are_looked_ahead_in_full_precision_where_the_rest_is_fp16(tmp_path: Path) -> None:
    compute = Compute(torch.device("cpu"), "fp16", channels_last=True)
    mixed, full = (session(tmp_path, WITNESS["unrolled"], *STILL, compute=one) for one in (compute, CPU))
    cast: list[bool] = []
    mixed.nets.critics["critic"].register_forward_pre_hook(lambda *_: cast.append(torch.is_autocast_enabled("cpu")))
    update(mixed, "d")
    assert set(cast) == {True}
    cast.clear()
    update(mixed, "g"), update(full, "g")
    assert set(cast) == {False}
    assert mixed.scalers["g"].is_enabled()
    torch.testing.assert_close(gradients(mixed, "g"), gradients(full, "g"), rtol=1e-5, atol=1e-7)
