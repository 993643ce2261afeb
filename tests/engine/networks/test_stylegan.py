"""StyleGAN: AdaIN by its formula, fades, noise, truncation, the published size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.engine.architectures.stylegan import AdaIN, Critic, Generator, StyleganOptions
from ganstudio.engine.contract import Architecture, Condition, DataShape, Nets, Stage
from ganstudio.engine.layers.growing import doubled
from ganstudio.engine.tasks.synthesis import Synthesis

TALL = DataShape(4, (16, 24))
SMALL = StyleganOptions(z_dim=8, w_dim=8, mapping_layers=2, channel_base=128, max_channels=16)
WHOLE = Stage(0, 1.0)


def generator(shape: DataShape = TALL, options: StyleganOptions = SMALL) -> Generator:
    torch.manual_seed(0)
    return Generator(options, shape)


def noise_for(net: Generator, count: int = 2) -> tuple[torch.Tensor, ...]:
    return tuple(torch.randn(count, *shape) for shape in net.noise_shapes)


def test_adain_gives_each_channel_the_mean_and_deviation_that_w_says() -> None:
    layer = AdaIN(8, 3)
    nn.init.normal_(layer.style.bias)
    w, x = torch.randn(2, 8), 5 + 3 * torch.randn(2, 3, 6, 7)
    styled, said = layer(x, w), layer.style(w)
    torch.testing.assert_close(styled.mean((2, 3)), said[:, 3:], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(styled.std((2, 3), correction=0), (1 + said[:, :3]).abs(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("halvings", [0, 1])
def test_a_fade_begins_at_the_lower_generator_enlarged_and_ends_at_the_higher(halvings: int) -> None:
    net = generator()
    ws, noise = net.mapping(torch.randn(2, 8), None), noise_for(net)
    lower = net.synthesis(ws, noise, stage=Stage(halvings + 1, 1.0))
    higher = net.synthesis(ws, noise, stage=Stage(halvings, 1.0))
    torch.testing.assert_close(net.synthesis(ws, noise, stage=Stage(halvings, 0.0)), doubled(lower))
    torch.testing.assert_close(
        net.synthesis(ws, noise, stage=Stage(halvings, 0.75)), doubled(lower) / 4 + 0.75 * higher
    )
    assert higher.shape[2:] == (16 >> halvings, 24 >> halvings)


def test_a_fade_of_the_critic_begins_at_the_lower_one() -> None:
    torch.manual_seed(0)
    critic, small = Critic(SMALL, TALL), torch.randn(4, 4, 8, 12)
    lower = critic(small, Condition(), stage=Stage(1, 1.0)).logits
    torch.testing.assert_close(critic(doubled(small), Condition(), stage=Stage(0, 0.0)).logits, lower)


def test_a_styles_layer_changes_the_image_from_its_own_size_on() -> None:
    net = generator()
    ws, noise = net.mapping(torch.randn(2, 8), None).clone(), noise_for(net)
    before = net.synthesis(ws, noise, stage=WHOLE)
    low = net.synthesis(ws, noise, stage=Stage(1, 1.0))
    ws[:, 4:] += 1  # the last level's two layers
    assert not torch.allclose(net.synthesis(ws, noise, stage=WHOLE), before)
    torch.testing.assert_close(net.synthesis(ws, noise, stage=Stage(1, 1.0)), low, rtol=0, atol=0)


def test_noise_counts_by_its_learned_strength_which_begins_at_zero() -> None:
    net = generator()
    ws = net.mapping(torch.randn(2, 8), None)
    first, second = noise_for(net), noise_for(net)
    torch.testing.assert_close(net.synthesis(ws, first, stage=WHOLE), net.synthesis(ws, second, stage=WHOLE))
    for layer in net.layers:
        nn.init.constant_(layer.strength, 0.5)
    assert not torch.allclose(net.synthesis(ws, first, stage=WHOLE), net.synthesis(ws, second, stage=WHOLE))


def test_truncation_at_psi_1_changes_nothing_and_at_psi_0_leaves_the_mean_image() -> None:
    task = Synthesis()
    architecture = Architecture("", {}, StyleganOptions, Generator, Critic, staged=True)
    nets = task.build(architecture, SMALL, TALL)
    nets = Nets(nets.generators, nets.critics, {"generator": nets.generators["generator"].eval()}, staged=True)
    net, whole = nets.ema["generator"], task.exports(nets, WHOLE)[0].module
    z, noise = torch.randn(3, 8), noise_for(net, 3)
    untouched = net.synthesis(net.mapping(z, None), noise, stage=WHOLE)
    torch.testing.assert_close(whole(z, torch.tensor(1.0), *noise), untouched, rtol=0, atol=0)
    plain = whole(z, torch.tensor(0.0), *noise)
    with torch.no_grad():
        many = torch.from_numpy(np.random.RandomState(0).randn(10_000, 8)).float()
        mean = net.map(many, None).double().mean(0).float()
        expected = net.synthesis(mean.expand(3, *net.ws_shape), noise, stage=WHOLE)
    torch.testing.assert_close(plain, plain[:1].expand(3, -1, -1, -1))  # the strengths of noise are 0
    torch.testing.assert_close(plain, expected, atol=1e-5, rtol=0)
