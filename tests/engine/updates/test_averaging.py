from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ganstudio.engine import architectures
from ganstudio.engine.averages.exponential import averaged_copy, half_life_nimg, settle, update
from ganstudio.engine.conformance import Subject, advance, default_recipe
from ganstudio.recipe.schema import Training
from tests.engine import toys
from tests.engine.conftest import WITNESSES

RELATIVISTIC = next(w for w in WITNESSES if w.stem == "relativistic_pair")


def constant(value: float) -> nn.Module:
    net = nn.Linear(3, 2)
    for parameter in net.parameters():
        nn.init.constant_(parameter, value)
    return net


def followed(training: Training, updates: int, nimg: int = 0) -> float:
    """Where an average that began at 0 is after updates towards a net that is all 1."""
    average, net = averaged_copy(constant(0.0)), constant(1.0)
    for i in range(updates):
        update(average, net, training.batch, nimg + (i + 1) * training.batch, training)
    (value,) = {v for p in average.parameters() for v in p.flatten().tolist()}
    return value


@pytest.mark.parametrize("batch", [8, 32, 128])
def test_after_its_half_life_in_images_a_step_from_0_to_1_is_at_a_half(batch: int) -> None:
    training = Training(batch=batch, ema_kimg=1.28, ema_ramp=None)
    assert followed(training, 1280 // batch) == pytest.approx(0.5, abs=1e-5)
    assert followed(training, 3 * 1280 // batch) == pytest.approx(1 - 1 / 8, abs=1e-5)


def test_at_first_the_half_life_is_a_share_of_the_images_seen() -> None:
    training = Training(ema_kimg=10.0, ema_ramp=0.05)
    assert half_life_nimg(training, 1000) == pytest.approx(50.0)
    assert half_life_nimg(training, 200_000) == 10_000.0
    assert half_life_nimg(training, 900_000) == 10_000.0


def test_the_ramp_lets_the_average_forget_its_random_start() -> None:
    training = Training(batch=64, ema_kimg=10.0, ema_ramp=0.05)
    # at image 64 the half-life is 3.2 images and a batch of 64 is 20 of them; at 1280 it is one batch
    assert followed(training, 1) == pytest.approx(1 - 0.5**20, abs=1e-6)
    assert followed(training, 1, nimg=1280 - 64) == pytest.approx(0.5)
    assert followed(Training(batch=64, ema_kimg=10.0, ema_ramp=None), 1) == pytest.approx(
        1 - 0.5 ** (64 / 10_000), abs=1e-6
    )


def test_buffers_are_copied_whatever_their_type() -> None:
    net = nn.BatchNorm2d(2)
    average = averaged_copy(net)
    net(torch.full((4, 2, 3, 3), 5.0) + torch.arange(4.0)[:, None, None, None])
    update(average, net, 8, 8, Training(batch=8, ema_kimg=1000.0, ema_ramp=None))
    for copy, original in zip(average.buffers(), net.buffers(), strict=True):
        assert torch.equal(copy, original)
    assert average.num_batches_tracked.item() == 1


def test_an_averaged_copy_is_frozen_in_eval_mode_and_shares_nothing() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout()).train()
    average = averaged_copy(net)
    assert not any(module.training for module in average.modules())
    assert not any(p.requires_grad for p in average.parameters())
    assert all(module.training for module in net.modules())
    assert all(p.requires_grad for p in net.parameters())
    with torch.no_grad():
        net[0].weight.add_(1.0)
    assert not torch.equal(average[0].weight, net[0].weight)


def test_without_averaging_previews_show_the_generator_as_it_is(tmp_path: Path) -> None:
    architecture = architectures.load_file(RELATIVISTIC)
    subject = Subject(architecture, default_recipe("toy", architecture), tmp_path)
    session = advance(subject.session(ema_kimg=0.0), 2)
    shown, trained = session.previewed().ema["generator"], session.nets.generators["generator"]
    assert all(torch.equal(a, b) for a, b in zip(shown.parameters(), trained.parameters(), strict=True))
    assert not any(module.training for module in shown.modules())


@pytest.mark.parametrize(
    "critic_steps",
    [
        1,
        5,
    ],
)
def test_the_half_life_counts_images_as_nimg_does(critic_steps: int, tmp_path: Path) -> None:
    architecture = architectures.load_file(RELATIVISTIC)
    recipe = default_recipe("toy", architecture)
    still = recipe.model_copy(update={"generator_optimizer": recipe.generator_optimizer.model_copy(update={"lr": 0.0})})
    session = Subject(architecture, still, tmp_path).session(ema_kimg=0.08, ema_ramp=None, critic_steps=critic_steps)
    average, net = session.nets.ema["generator"], session.nets.generators["generator"]
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    apart = [b - a for a, b in zip(average.parameters(), net.parameters(), strict=True)]
    advance(session, 80 // (8 * critic_steps))
    assert session.progress.nimg == 80
    for before, a, b in zip(apart, average.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(b - a, before / 2)


NORMS = pytest.mark.parametrize(
    "norm", [nn.utils.parametrizations.spectral_norm, nn.utils.spectral_norm], ids=["new", "old"]
)


def normalized_net(norm: Any) -> nn.Sequential:
    """A tall matrix, a wide one and a transposed convolution, each under spectral norm; torch seeds it."""
    return nn.Sequential(
        norm(nn.Linear(8, 128)),
        norm(nn.Linear(128, 24)),
        nn.Unflatten(1, (24, 1, 1)),
        norm(nn.ConvTranspose2d(24, 6, 4)),
    )


def largest_singular_values(net: nn.Module) -> list[float]:
    net(torch.zeros(1, 8))  # an old norm computes its weight when it is called
    matrices = (net[0].weight, net[1].weight, net[3].weight.transpose(0, 1).flatten(1))
    return [torch.linalg.svdvals(matrix.double())[0].item() for matrix in matrices]


@NORMS
def test_a_settled_average_has_a_largest_singular_value_of_1_by_a_full_decomposition(norm: Any) -> None:
    torch.manual_seed(0)
    net = normalized_net(norm)
    average = averaged_copy(net)
    for step in range(3):
        for parameter in net.parameters():
            parameter.data += 0.3 * torch.randn_like(parameter)
        net(torch.zeros(1, 8))
        update(average, net, 8, 8 * (step + 1), Training(batch=8, ema_kimg=0.1, ema_ramp=None))
    assert max(abs(value - 1) for value in largest_singular_values(average)) > 0.02  # with the vectors of `net`
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        settle(average)
    assert largest_singular_values(average) == pytest.approx([1.0] * 3, abs=1e-5)
    assert not any(module.training for module in average.modules())


@NORMS
def test_settling_depends_on_the_weights_alone(norm: Any) -> None:
    torch.manual_seed(0)
    once, twice = normalized_net(norm).eval(), normalized_net(norm).eval()
    settle(twice)
    for there, here in zip(twice.parameters(), once.parameters(), strict=True):
        there.data.copy_(here)
    for net in (once, twice, twice):
        settle(net)
    for here, there in zip(once.buffers(), twice.buffers(), strict=True):
        assert torch.equal(here, there)


def test_a_spectral_norm_behind_another_parametrization_is_settled_on_what_that_hands_it() -> None:
    class Doubled(nn.Module):
        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight + weight.flip(0)

    torch.manual_seed(0)
    layer = nn.Linear(8, 8)
    nn.utils.parametrize.register_parametrization(layer, "weight", Doubled())
    nn.utils.parametrizations.spectral_norm(layer).eval()
    layer.parametrizations.weight.original.data.normal_()
    settle(layer)
    assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1.0, abs=1e-5)


def test_a_checkpoint_has_the_spectral_norms_of_its_average_whether_or_not_one_looked_before(tmp_path: Path) -> None:
    architecture = replace(toys.LINEAR, generator=toys.NormalizedGenerator)
    states = []
    for looks in (False, True):
        session = advance(toys.session(tmp_path / str(looks), architecture), 2)
        if looks:
            session.previewed()
        advance(session, 2)
        states.append(session.state_dict()["nets"]["ema"]["generator"])
    norm = states[0]["dense.parametrizations.weight.original"]
    u, v = (states[0][f"dense.parametrizations.weight.0._{which}"] for which in "uv")
    assert (u @ norm @ v).item() == pytest.approx(torch.linalg.matrix_norm(norm, 2).item(), rel=1e-5)
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
