"""Penalties of critics and generators whose slopes are known by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, JudgedPair, Nets, Pair, Stage, StepContext
from ganstudio.engine.draws import Draw
from ganstudio.engine.terms.build import build_constraints, build_penalties
from ganstudio.engine.terms.term import Term
from ganstudio.recipe import schema

Function = Callable[[Tensor], Tensor | tuple[Tensor, ...]]


def draw(count: int, step: int = 0) -> Draw:
    return Draw(0, "test", step, count, slice(0, count), torch.device("cpu"))


Evidence = tuple[StepContext, JudgedPair]


def penalty(choice: schema.Regularizer) -> Term:
    (built,) = build_penalties(choice)
    return built


def context(judge: Callable[..., CriticOutput], count: int, step: int = 0, **memory: Tensor) -> StepContext:
    return StepContext(Nets({}, {}), None, draw(count, step), Stage(0, 1.0), "d", 0, 1.0, judge, memory=memory)


def evidence(critic: Function, real: Tensor, fake: Tensor, step: int = 0) -> Evidence:
    """What the loop shows a penalty: both sides judged by `critic`, which it may call again."""

    def call(_name: str, images: Tensor, _condition: Condition, _purpose: str) -> CriticOutput:
        return CriticOutput(critic(images))

    pair = Pair("critic", fake.requires_grad_(), real.requires_grad_())
    answers = [call("critic", images, pair.condition, "") for images in (pair.fake, pair.real)]
    return context(call, len(fake), step), JudgedPair(pair, *answers)


def weighted(choice: schema.Regularizer, shown: Evidence) -> Tensor:
    """What the loop minimizes the mean of."""
    term, (given, pair) = penalty(choice), shown
    result = term(given, [pair])
    assert result is not None
    return given.value(term.weight) * result.value


def linear(weight: Tensor) -> Function:
    """D(x) = w . x, whose gradient is w everywhere."""
    return lambda images: (images * weight).flatten(1).sum(1, keepdim=True)


def images(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


PYTHAGOREAN = torch.tensor([3.0, 4.0]).view(1, 1, 2)  # its norm is 5


@pytest.mark.parametrize("choice", [schema.R1(gamma=0.5), schema.R2(gamma=0.5)], ids=lambda c: c.kind)
def test_r1_and_r2_of_a_linear_critic_are_half_gamma_times_its_squared_slope(choice: schema.Regularizer) -> None:
    weight = PYTHAGOREAN.clone().requires_grad_()
    found = weighted(choice, evidence(linear(weight), images(3, 1, 1, 2), images(3, 1, 1, 2)))
    # 0.5 / 2 * (9 + 16), and its slope in w is gamma w
    assert found.tolist() == [6.25, 6.25, 6.25]
    found.mean().backward()
    assert weight.grad.flatten().tolist() == [1.5, 2.0]


def test_r1_looks_at_real_images_and_r2_at_fakes() -> None:
    def squares(x: Tensor) -> Tensor:
        return x.square().flatten(1).sum(1, keepdim=True)

    real, fake = torch.full((2, 1, 2, 2), 0.5), torch.full((2, 1, 2, 2), 0.25)
    # the gradient is 2x, its squared norm over four pixels 4 (2x)^2: 4 at 0.5 and 1 at 0.25; half of gamma 2 is 1
    assert weighted(schema.R1(gamma=2.0), evidence(squares, real, fake)).tolist() == [4.0, 4.0]
    assert weighted(schema.R2(gamma=2.0), evidence(squares, real, fake)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        # slopes of one pixel are 0.5, 1 and 1.5: over 2 x 2 pixels the norms are 1, 2 and 3
        (schema.R1(gamma=2.0), [1.0, 4.0, 9.0]),
        (schema.R2(gamma=2.0), [1.0, 4.0, 9.0]),
        (schema.GradientPenalty(weight=10.0), [0.0, 10.0, 40.0]),
    ],
    ids=lambda v: getattr(v, "kind", ""),
)
def test_the_norm_is_a_samples_own_over_all_of_its_pixels(choice: schema.Regularizer, expected: list[float]) -> None:
    slopes = torch.tensor([0.5, 1.0, 1.5])[:, None]
    found = weighted(
        choice, evidence(lambda x: slopes * x.flatten(1).sum(1, keepdim=True), images(3, 1, 2, 2), images(3, 1, 2, 2))
    )
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    "choice", [schema.R1(gamma=2.0), schema.GradientPenalty(weight=1.0, target=0.0)], ids=lambda c: c.kind
)
def test_patches_and_scales_count_with_the_sum_of_their_logits(choice: schema.Regularizer) -> None:
    def critic(x: Tensor) -> tuple[Tensor, ...]:
        return 2 * x, 3 * x.mean((2, 3), keepdim=True)  # a logit a pixel, and one for all of them

    found = weighted(choice, evidence(critic, images(2, 1, 2, 2), images(2, 1, 2, 2)))
    # each pixel's slope is 2 + 3/4; four of them squared
    assert found.tolist() == pytest.approx([4 * 2.75**2] * 2)


def test_r1_agrees_with_finite_differences_of_a_curved_critic() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(12, 6), nn.Tanh(), nn.Linear(6, 1))
    real = images(2, 3, 2, 2)
    found = weighted(schema.R1(gamma=2.0), evidence(critic, real.clone(), images(2, 3, 2, 2, seed=1)))
    exact, step = critic.double(), 1e-4
    for sample, value in zip(real.double(), found.tolist(), strict=True):
        moves = step * torch.eye(12, dtype=torch.float64).view(12, 3, 2, 2)
        slopes = (exact(sample + moves) - exact(sample - moves)) / (2 * step)
        assert value == pytest.approx(slopes.square().sum().item(), rel=1e-5)


def test_the_gradient_penalty_of_a_linear_critic_is_its_slopes_squared_distance_to_1() -> None:
    weight = PYTHAGOREAN.clone().requires_grad_()
    found = weighted(
        schema.GradientPenalty(weight=10.0), evidence(linear(weight), images(2, 1, 1, 2), images(2, 1, 1, 2))
    )
    # 10 (5 - 1)^2, and its slope is 2 * 10 (5 - 1) w / 5
    assert found.tolist() == [160.0, 160.0]
    found.mean().backward()
    assert weight.grad.flatten().tolist() == pytest.approx([48.0, 64.0])


def test_the_gradient_penaltys_target_is_a_knob() -> None:
    found = weighted(
        schema.GradientPenalty(weight=2.0, target=4.0),
        evidence(linear(PYTHAGOREAN), images(2, 1, 1, 2), images(2, 1, 1, 2)),
    )
    assert found.tolist() == [2.0, 2.0]  # 2 (5 - 4)^2


def mixed(step: int = 0) -> Tensor:
    """Where between fake (0) and real (1) each pixel was that the gradient penalty looked at, [N, pixels]."""
    seen: list[Tensor] = []

    def spy(x: Tensor) -> Tensor:
        seen.append(x.detach())
        return x.flatten(1).sum(1, keepdim=True)

    weighted(schema.GradientPenalty(), evidence(spy, torch.ones(16, 3, 4, 4), -torch.ones(16, 3, 4, 4), step))
    assert len(seen) == 3  # fake, real, and once more between
    return ((seen[2] + 1) / 2).flatten(1)


def test_the_gradient_penalty_mixes_real_and_fake_with_one_factor_a_sample() -> None:
    factors = mixed()
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors))
    assert len(factors[:, 0].unique()) == 16
    assert ((factors >= 0) & (factors <= 1)).all()
    assert not torch.equal(factors, mixed(step=1))


@pytest.mark.parametrize(
    "choice", [schema.GradientPenalty(weight=10.0), schema.R1(), schema.R2()], ids=lambda c: c.kind
)
def test_a_critic_that_is_flat_has_a_finite_penalty_and_gradient(choice: schema.Regularizer) -> None:
    weight = torch.zeros(1, 1, 2).requires_grad_()
    found = weighted(choice, evidence(linear(weight), images(2, 1, 1, 2), images(2, 1, 1, 2)))
    found.mean().backward()
    assert found.tolist() == ([10.0, 10.0] if choice.kind == "gradient_penalty" else [0.0, 0.0])
    assert torch.equal(weight.grad, torch.zeros(1, 1, 2))


def styled(
    scale: Tensor | float, layers: int, mean: float, choice: schema.PathLength, known: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted path length of G(ws) = scale * (sum of the layers' ws as pixels), the mean length that it observed, and
    the lengths worked out from y.
    """
    ws = images(5, layers, 12).requires_grad_()
    fake = (scale * ws.sum(1)).view(5, 3, 2, 2)
    term, pair = penalty(choice), JudgedPair(Pair("critic", fake, inputs={"ws": ws}))
    result = term(context(lambda *_: CriticOutput(fake), 5, mean=torch.tensor(mean), known=torch.tensor(known)), [pair])
    assert result is not None
    # J^T y is scale * y in every layer, so the mean over layers of its squared length is scale^2 |y|^2
    y = draw(5).image_noise("path_length", 3, 2, 2) / 2.0  # sqrt of 2 x 2 pixels
    lengths = scale * y.flatten(1).square().sum(1).sqrt()
    return choice.weight * result.value, result.observed["mean"], lengths


@pytest.mark.parametrize("layers", [1, 4])
def test_path_length_of_a_linear_generator_is_its_scale_times_the_length_of_the_noise(layers: int) -> None:
    value, observed, lengths = styled(2.0, layers, 0.75, schema.PathLength(weight=3.0))
    torch.testing.assert_close(value, 3.0 * (lengths - 0.75).square())
    torch.testing.assert_close(observed, lengths.mean())


def test_path_length_of_a_generator_that_ignores_its_styles_has_a_finite_gradient() -> None:
    scale = torch.zeros(()).requires_grad_()
    value, _, _ = styled(scale, 2, 0.5, schema.PathLength(weight=2.0))
    value.mean().backward()
    assert value.tolist() == [0.5] * 5  # 2 (0 - 0.5)^2
    assert scale.grad.item() == 0.0


def test_path_length_asks_for_nothing_before_it_has_seen_a_length() -> None:
    scale = torch.ones(()).requires_grad_()
    value, observed, lengths = styled(scale, 2, 0.0, schema.PathLength(weight=2.0), known=0.0)
    value.mean().backward()
    assert (value.tolist(), scale.grad.item()) == ([0.0] * 5, 0.0)
    torch.testing.assert_close(observed, lengths.mean())


def test_the_running_mean_begins_with_the_first_lengths_and_moves_by_decay() -> None:
    built = penalty(schema.PathLength(decay=0.25))
    state = built.initial_state()
    assert (state["mean"].item(), state["known"].item()) == (0.0, 0.0)
    built.observe(state, {"mean": torch.tensor(2.0)})
    assert (state["mean"].item(), state["known"].item()) == (2.0, 1.0)
    built.observe(state, {"mean": torch.tensor(4.0)})
    assert state["mean"].item() == 2.5  # a quarter of the way from 2 to 4


def test_feature_matching_compares_batch_means_averaged_over_features_and_layers() -> None:
    real = (torch.tensor([[1.0, 2.0], [3.0, 4.0]]).requires_grad_(), torch.tensor([[2.0], [4.0]]))
    fake = (torch.tensor([[0.0, 0.0], [2.0, 2.0]]).requires_grad_(), torch.tensor([[0.0], [0.0]]))
    answers = [CriticOutput(torch.zeros(2, 1), features=features) for features in (fake, real)]
    pair = JudgedPair(Pair("critic", images(2, 1, 2, 2)), *answers)
    found = weighted(schema.FeatureMatching(weight=2.0), (context(lambda *_: answers[0], 2), pair))
    # layer 1: means (2, 3) and (1, 1), mean of 1 and 4 is 2.5; layer 2: means 3 and 0, 9; twice the mean of 2.5 and 9
    assert found.item() == 11.5
    found.backward()
    # 2 * (1/2 layers) * (1/2 features) * 2 (fake - real mean) * (1/2 samples) = 0.5 * (-1, -2)
    assert fake[0].grad.tolist() == [[-0.5, -1.0]] * 2
    assert real[0].grad is None  # real features are a target


def test_weight_clip_bounds_every_parameter_of_every_critic_and_leaves_small_ones() -> None:
    (clip,) = build_constraints([schema.WeightClip(limit=0.01)])
    critics = {"a": nn.Linear(2, 1), "b": nn.BatchNorm2d(1)}
    with torch.no_grad():
        critics["a"].weight.copy_(torch.tensor([[0.5, -0.5]]))
        critics["a"].bias.fill_(0.005)
    clip.after_step(critics, lambda number: number)
    found: list[Any] = [p.tolist() for critic in critics.values() for p in critic.parameters()]
    limit = torch.tensor(0.01).item()
    assert found == [[[limit, -limit]], [torch.tensor(0.005).item()], [limit], [0.0]]


def test_only_path_length_remembers_anything() -> None:
    choices = (schema.R1(), schema.R2(), schema.GradientPenalty(), schema.FeatureMatching(), schema.PathLength())
    assert [choice.kind for choice in choices if penalty(choice).initial_state()] == ["path_length"]
