"""BigGAN's networks, their published size, truncation and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.engine.architectures.biggan import Generator, inverse_erf
from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.draws import Draw
from tests.engine.networks.test_architectures import build, problems, square
from tests.engine.networks.test_resnet import blocks

CLASSES = (5, 5, 5)
SMALL: dict[str, Any] = {"channels": 2, "z_dim": 12, "label_dim": 6}


def test_widths_at_128_px_are_the_papers() -> None:
    generator, critic = build("biggan", square(128, 3), device="cpu", channels=1)
    assert blocks(generator) == [(16, 16), (16, 8), (8, 4), (4, 2), (2, 1)]
    assert blocks(critic) == [(3, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 16)]


@pytest.mark.parametrize("size", [(16, 16), (32, 32), (64, 64), (128, 128), (256, 256), (24, 40)])
def test_it_draws_and_judges_rgba_of_any_legal_size(size: tuple[int, int]) -> None:
    z_dim = 140 if size[0] == 256 else 120
    shape = DataShape(4, size, CLASSES)
    generator, critic = build("biggan", shape, device="cpu", channels=1, label_dim=6, z_dim=z_dim)
    labels = torch.zeros(2, dtype=torch.int64)
    images = generator(torch.zeros(2, z_dim), labels)
    assert images.shape == (2, 4, *size)
    assert critic(images, Condition(labels)).logits.shape == (2, 1)


def test_each_part_of_z_reaches_its_own_block_alone() -> None:
    generator, _ = build("biggan", square(32, 1, CLASSES), device="cpu", **SMALL)
    seen: list[torch.Tensor] = []
    for block in generator.blocks:
        block.norm1.gain.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
    z, labels = torch.randn(2, 12), torch.tensor([0, 2])
    generator(z, labels)
    shared = generator.embedding(labels)
    for number, told in enumerate(seen, 1):
        assert torch.equal(told, torch.cat([z[:, 3 * number : 3 * number + 3], shared], 1))
    assert len(seen) == 3


def test_weights_begin_orthogonal_under_spectral_norm() -> None:
    generator, critic = build("biggan", square(16, 1, CLASSES), device="cpu", **SMALL)
    for net in (generator, critic):
        for layer in (m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)):
            weight = layer.parametrizations.weight.original.flatten(1)
            small = weight if len(weight) <= weight.shape[1] else weight.T
            torch.testing.assert_close(small @ small.T, torch.eye(len(small)), atol=1e-5, rtol=0)


def test_truncated_latents_are_a_normal_cut_at_the_threshold_that_keeps_psi_of_it() -> None:
    z = torch.from_numpy(np.random.RandomState(0).randn(20_000))
    kept = math.erf(1 / math.sqrt(2))  # a threshold of 1
    cut = Generator.truncated(z, torch.tensor(kept, dtype=torch.float64))
    drawn_again = z[z.abs() < 1]  # the paper's way, less those that it draws again
    assert cut.abs().max() <= 1.0
    shares = torch.linspace(0.02, 0.98, 25, dtype=torch.float64)
    torch.testing.assert_close(cut.quantile(shares), drawn_again.quantile(shares), atol=0.02, rtol=0)
    assert torch.equal(cut.argsort(), z.argsort())


def test_at_psi_1_truncation_changes_no_bit_and_at_0_nothing_is_left() -> None:
    z = torch.cat([torch.randn(1000), torch.tensor([9.0, -9.0, 0.0])])
    assert torch.equal(Generator.truncated(z, torch.tensor(1.0)), z)
    assert not Generator.truncated(z, torch.tensor(0.0)).any()


def test_the_inverse_of_erf_agrees_with_torchs() -> None:
    y = torch.linspace(-0.999, 0.999, 999, dtype=torch.float64)
    torch.testing.assert_close(inverse_erf(y), torch.erfinv(y), atol=1e-7, rtol=0)


def test_standing_statistics_are_the_moments_that_the_generator_has_over_many_batches() -> None:
    generator, _ = build("biggan", square(16, 1, (0, 5, 5)), device="cpu", **SMALL, passes=4)
    generator.train()
    seen: list[torch.Tensor] = []
    with torch.no_grad():
        hook = generator.norm.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
        generator.finalize(Draw(0, "finalize", 0, 8, slice(0, 8), torch.device("cpu")))
        hook.remove()
    assert len(seen) == 4
    means = torch.stack([x.mean((0, 2, 3)) for x in seen]).mean(0)
    torch.testing.assert_close(generator.norm.running_mean, means)
    assert not torch.equal(seen[0], seen[1])


def test_an_export_made_without_the_data_draws_its_classes_as_often_as_previews_did() -> None:
    trained, exported = (
        build("biggan", square(16, 1, counts), device="cpu", **SMALL, passes=2)[0] for counts in ((0, 9, 1), (1, 1, 1))
    )
    exported.load_state_dict(trained.state_dict())
    with torch.no_grad():
        for net in (trained, exported):
            net.train().finalize(Draw(0, "finalize", 0, 8, slice(0, 8), torch.device("cpu")))
    assert torch.equal(trained.norm.running_mean, exported.norm.running_mean)


@pytest.mark.parametrize(
    ("shape", "options", "says"),
    [
        (square(32), {"z_dim": 100}, None),
        (
            square(64),
            {"z_dim": 128},
            "architecture.z_dim: at 64 px z is cut into 5 equal parts; got 128. Nearest: 130.",
        ),
        (square(32), {"label_dim": 8}, "architecture.label_dim: the data set has no classes. Nearest: 0"),
        (square(8), {}, "data.resolution: biggan needs 16 px or more; got 8. Nearest: 16."),
        (square(64), {"attention": [64]}, "architecture.attention: images of 64 px have maps of 4, 8, 16, 32; got 64."),
    ],
)
def test_what_it_cannot_take_is_refused_by_name(shape: DataShape, options: dict[str, Any], says: str | None) -> None:
    if says is None:
        build("biggan", shape, **options)
        return
    (problem,) = problems("biggan", shape, **options)
    assert problem.startswith(says)
