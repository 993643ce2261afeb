"""Logits of ln 3 and 0 are used throughout: their sigmoids, 3/4 and 1/2, make every value one to work out by hand."""

from __future__ import annotations

from math import exp, log

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.engine.terms.objectives.objective import Objective, needs_real
from ganstudio.recipe import schema
from ganstudio.recipe.allowed_values import adaptive_fault

LN3 = log(3)
EVERY = [
    schema.NonSaturating(),
    schema.Minimax(),
    schema.LeastSquares(),
    schema.Hinge(),
    schema.Wasserstein(),
    schema.Relativistic(),
    schema.RelativisticAverage(),
]
NAMES = [choice.kind for choice in EVERY]


def logits(*values: float) -> Tensor:
    """[N, 1], as a critic with one number a sample answers."""
    return torch.tensor(values)[:, None]


def draw(count: int, step: int = 0) -> Draw:
    return Draw(0, "test", step, count, slice(0, count), torch.device("cpu"))


def critic_loss(choice: schema.Objective, real: Tensor, fake: Tensor, step: int = 0) -> Tensor:
    return Objective(choice, float).discriminator(real, fake, draw(len(real), step))


def generator_loss(choice: schema.Objective, fake: Tensor, real: Tensor | None = None) -> Tensor:
    return Objective(choice, float).generator(fake, real)


@pytest.mark.parametrize("choice", [schema.NonSaturating(), schema.Minimax()], ids=lambda c: c.kind)
def test_the_logistic_critic_pays_the_cross_entropy_of_both_sides(choice: schema.Objective) -> None:
    # -ln D(x) - ln(1 - D(G(z))) with D(x) = 3/4 and D(G(z)) = 1/2, then the other way round
    found = critic_loss(choice, logits(LN3, 0.0), logits(0.0, LN3))
    torch.testing.assert_close(found, torch.tensor([-log(3 / 4) - log(1 / 2), -log(1 / 2) - log(1 / 4)]))


def test_one_sided_smoothing_moves_the_target_of_real_logits_alone() -> None:
    choice = schema.NonSaturating(real_label=0.9)
    found = critic_loss(choice, logits(LN3), logits(0.0))
    torch.testing.assert_close(found, torch.tensor([-0.9 * log(3 / 4) - 0.1 * log(1 / 4) - log(1 / 2)]))


def test_two_sided_smoothing_moves_the_target_of_fake_logits_too() -> None:
    choice = schema.NonSaturating(real_label=0.9, fake_label=0.1)
    found = critic_loss(choice, logits(LN3), logits(LN3))
    real = -0.9 * log(3 / 4) - 0.1 * log(1 / 4)
    fake = -0.1 * log(3 / 4) - 0.9 * log(1 / 4)
    torch.testing.assert_close(found, torch.tensor([real + fake]))


def test_the_smoothed_critic_agrees_with_torchs_cross_entropy_at_large_logits() -> None:
    real, fake = torch.linspace(-80, 80, 33)[:, None], torch.linspace(90, -70, 33)[:, None]
    found = critic_loss(schema.NonSaturating(real_label=0.9, fake_label=0.2), real, fake)
    peer = F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9), reduction="none")
    peer = peer + F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.2), reduction="none")
    torch.testing.assert_close(found, peer[:, 0])


@pytest.mark.parametrize("kind", [schema.NonSaturating, schema.Minimax, schema.LeastSquares], ids=lambda k: k.__name__)
def test_label_smoothing_leaves_the_generators_loss_alone(kind: type[schema.NonSaturating]) -> None:
    fake = logits(-2.0, 0.3, LN3)
    smoothed = generator_loss(kind(real_label=0.8, fake_label=0.1, flip=0.5), fake)
    assert torch.equal(smoothed, generator_loss(kind(), fake))


def test_a_certain_flip_swaps_the_two_targets() -> None:
    choice = schema.NonSaturating(real_label=0.9, flip=1.0)
    found = critic_loss(choice, logits(LN3), logits(LN3))
    # the real logit's target is now 0 and the fake one's 0.9
    torch.testing.assert_close(found, torch.tensor([-log(1 / 4) - 0.9 * log(3 / 4) - 0.1 * log(1 / 4)]))


def test_a_flip_takes_both_logits_of_a_sample_and_as_many_samples_as_asked() -> None:
    count = 4000
    found = critic_loss(schema.LeastSquares(flip=0.25), torch.full((count, 1), 1.0), torch.zeros(count, 1))
    # a sample that is not flipped is exactly on its targets; a flipped one pays 1/2 on each side
    assert set(found.tolist()) == {0.0, 1.0}
    # three standard deviations of a share of 4000 at 1/4: 3 sqrt(3/16/4000) = 0.021
    assert found.mean().item() == pytest.approx(0.25, abs=0.021)


def test_flips_are_drawn_anew_each_step() -> None:
    choice = schema.LeastSquares(flip=0.5)
    first, again, second = (critic_loss(choice, torch.ones(64, 1), torch.zeros(64, 1), step) for step in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_the_non_saturating_generator_pays_minus_the_log_of_belief() -> None:
    found = generator_loss(schema.NonSaturating(), logits(LN3, 0.0))
    torch.testing.assert_close(found, torch.tensor([-log(3 / 4), -log(1 / 2)]))


def test_the_minimax_generator_pays_the_log_of_disbelief() -> None:
    found = generator_loss(schema.Minimax(), logits(LN3, 0.0))
    torch.testing.assert_close(found, torch.tensor([log(1 / 4), log(1 / 2)]))


def test_where_the_critic_is_sure_only_minimax_saturates() -> None:
    # d/dx of -softplus(x) is -sigmoid(x), 4.5e-5 at -10; of softplus(-x) it is -sigmoid(-x), nearly -1
    slopes = {}
    for choice in (schema.Minimax(), schema.NonSaturating()):
        fake = logits(-10.0).requires_grad_()
        generator_loss(choice, fake).sum().backward()
        slopes[choice.kind] = fake.grad.item()
    assert slopes["minimax"] == pytest.approx(-4.5398e-5, rel=1e-4)
    assert slopes["non_saturating"] == pytest.approx(-0.9999546, rel=1e-6)


def test_least_squares_pay_half_the_squared_distance_to_the_targets() -> None:
    # (3 - 1)^2 / 2 + (-1 - 0)^2 / 2; the generator aims at 1
    torch.testing.assert_close(critic_loss(schema.LeastSquares(), logits(3.0), logits(-1.0)), torch.tensor([2.5]))
    torch.testing.assert_close(generator_loss(schema.LeastSquares(), logits(-2.0)), torch.tensor([4.5]))


def test_least_squares_smooth_both_targets() -> None:
    choice = schema.LeastSquares(real_label=0.9, fake_label=0.1)
    # (0.4 - 0.9)^2 / 2 + (0.5 - 0.1)^2 / 2
    torch.testing.assert_close(critic_loss(choice, logits(0.4), logits(0.5)), torch.tensor([0.125 + 0.08]))


def test_the_hinge_stops_at_the_margin() -> None:
    real, fake = logits(0.5, 1.5).requires_grad_(), logits(-0.25, -2.0).requires_grad_()
    found = critic_loss(schema.Hinge(), real, fake)
    found.sum().backward()
    # (1 - 0.5) + (1 - 0.25), and nothing for the sample that is past both margins
    torch.testing.assert_close(found, torch.tensor([1.25, 0.0]))
    assert real.grad.flatten().tolist() == [-1.0, 0.0]
    assert fake.grad.flatten().tolist() == [1.0, 0.0]


@pytest.mark.parametrize("choice", [schema.Hinge(), schema.Wasserstein()], ids=lambda c: c.kind)
def test_hinge_and_wasserstein_generators_pay_minus_the_logit(choice: schema.Objective) -> None:
    assert generator_loss(choice, logits(-2.0, 0.5)).tolist() == [2.0, -0.5]


def test_the_wasserstein_critic_pays_the_gap_between_fake_and_real() -> None:
    assert critic_loss(schema.Wasserstein(), logits(2.0, -1.0), logits(0.5, 3.0)).tolist() == [-1.5, 4.0]


def test_the_relativistic_pair_pays_the_log_odds_of_the_gap() -> None:
    real, fake = logits(LN3 + 1.0), logits(1.0)
    # softplus(-ln 3) = ln(1 + 1/3) for the critic, softplus(ln 3) = ln(1 + 3) for the generator
    torch.testing.assert_close(critic_loss(schema.Relativistic(), real, fake), torch.tensor([log(4 / 3)]))
    torch.testing.assert_close(generator_loss(schema.Relativistic(), fake, real), torch.tensor([log(4)]))


def test_the_relativistic_average_compares_with_the_mean_of_the_other_side() -> None:
    choice = schema.RelativisticAverage()
    # both means are 1; from there the logits are ln 3 up or down, which costs ln 4 or ln(4/3), once a side
    real, fake = logits(1 + LN3, 1 - LN3), logits(1 - LN3, 1 + LN3)
    torch.testing.assert_close(critic_loss(choice, real, fake), torch.tensor([2 * log(4 / 3), 2 * log(4)]))
    torch.testing.assert_close(generator_loss(choice, fake, real), torch.tensor([2 * log(4), 2 * log(4 / 3)]))
    # reals stand ln 3 above the mean of all fakes' patches, 0, and each fake's patches ln 3 + 3 or ln 3 - 3 below
    real, fake = torch.full((2, 1, 1, 2), LN3), torch.tensor([3.0, -3.0]).expand(2, 1, 1, 2)
    fakes = (log(1 + exp(3) / 3) + log(1 + exp(-3) / 3)) / 2
    torch.testing.assert_close(critic_loss(choice, real, fake), torch.tensor([log(4 / 3) + fakes] * 2))


def test_gradients_of_the_relativistic_average_pass_through_the_means() -> None:
    choice = schema.RelativisticAverage()
    real, fake = torch.randn(2, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sides = (real.requires_grad_(), fake.requires_grad_())
    assert torch.autograd.gradcheck(lambda r, f: critic_loss(choice, r, f), sides)
    assert torch.autograd.gradcheck(lambda r, f: generator_loss(choice, f, r), sides)
    # by hand: of two fakes at 0 against reals at 0 each gets -1/4 as a fake and -1/4 through the mean
    fake = torch.zeros(2, 1, requires_grad=True)
    generator_loss(choice, fake, torch.zeros(2, 1)).mean().backward()
    assert fake.grad.flatten().tolist() == [-0.5, -0.5]


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_the_critic_wants_real_up_and_fake_down_and_the_generator_fake_up(choice: schema.Objective) -> None:
    real, fake = logits(0.3).requires_grad_(), logits(0.2).requires_grad_()
    critic_loss(choice, real, fake).sum().backward()
    assert real.grad.item() < 0 < fake.grad.item()
    judged = logits(0.2).requires_grad_()
    generator_loss(choice, judged, real.detach()).sum().backward()
    assert judged.grad.item() < 0


@pytest.mark.parametrize("choice", EVERY[:-1], ids=NAMES[:-1])
def test_losses_of_patches_are_their_mean_a_sample(choice: schema.Objective) -> None:
    real, fake = torch.randn(2, 3, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    each = [
        critic_loss(choice, r.reshape(-1, 1), f.reshape(-1, 1)).mean().item() for r, f in zip(real, fake, strict=True)
    ]
    assert critic_loss(choice, real, fake).tolist() == pytest.approx(each)
    each = [
        generator_loss(choice, f.reshape(-1, 1), r.reshape(-1, 1)).mean().item()
        for r, f in zip(real, fake, strict=True)
    ]
    assert generator_loss(choice, fake, real).tolist() == pytest.approx(each)


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_losses_and_slopes_are_finite_at_extreme_logits(choice: schema.Objective) -> None:
    real, fake = logits(1e4, -1e4, 1e4, -1e4).requires_grad_(), logits(1e4, -1e4, -1e4, 1e4).requires_grad_()
    total = critic_loss(choice, real, fake).sum() + generator_loss(choice, fake, real).sum()
    total.backward()
    assert all(torch.isfinite(t).all() for t in (total, real.grad, fake.grad))


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_a_critic_may_answer_with_one_axis(choice: schema.Objective) -> None:
    real, fake = torch.tensor([LN3, 0.0]), torch.tensor([0.0, LN3])
    assert torch.equal(critic_loss(choice, real, fake), critic_loss(choice, real[:, None], fake[:, None]))
    assert torch.equal(generator_loss(choice, fake, real), generator_loss(choice, fake[:, None], real[:, None]))


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_only_the_relativistic_generator_looks_at_real_logits(choice: schema.Objective) -> None:
    assert needs_real(choice) == choice.kind.startswith("relativistic")


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_only_cross_entropy_makes_the_sigmoid_a_belief(choice: schema.Objective) -> None:
    assert Objective(choice, float).probabilistic == (choice.kind in ("non_saturating", "minimax"))


@pytest.mark.parametrize("choice", EVERY, ids=NAMES)
def test_recipes_refuse_to_adapt_under_just_the_objectives_without_a_threshold(choice: schema.Objective) -> None:
    assert (Objective(choice, float).threshold is None) == bool(adaptive_fault(choice.kind, "adaptive"))
    assert adaptive_fault(choice.kind, "constant") == ""
