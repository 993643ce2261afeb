"""ProGAN: fades end where the paper says, and sizes are the published ones."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.engine import architectures
from ganstudio.engine.architectures.progan import Critic, Generator, ProganOptions
from ganstudio.engine.contract import Condition, DataShape, Stage
from ganstudio.engine.layers.growing import doubled
from ganstudio.errors import UsageError

TALL = DataShape(4, (32, 48))
SMALL = ProganOptions(z_dim=8, channel_base=256, max_channels=16)


def pair(shape: DataShape = TALL, options: ProganOptions = SMALL) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return Generator(options, shape), Critic(options, shape)


@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_a_fade_begins_at_the_lower_generator_enlarged_and_ends_at_the_higher(halvings: int) -> None:
    generator, _ = pair()
    z = torch.randn(2, 8)
    lower = generator(z, None, stage=Stage(halvings + 1, 1.0))
    higher = generator(z, None, stage=Stage(halvings, 1.0))
    torch.testing.assert_close(generator(z, None, stage=Stage(halvings, 0.0)), doubled(lower))
    torch.testing.assert_close(generator(z, None, stage=Stage(halvings, 0.75)), doubled(lower) / 4 + 0.75 * higher)
    assert higher.shape[2:] == (32 >> halvings, 48 >> halvings)


@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_a_fade_begins_at_the_lower_critic_of_the_images_halved(halvings: int) -> None:
    _, critic = pair()
    small = torch.randn(4, 4, 32 >> (halvings + 1), 48 >> (halvings + 1))
    lower = critic(small, Condition(), stage=Stage(halvings + 1, 1.0)).logits
    images = doubled(small)
    torch.testing.assert_close(critic(images, Condition(), stage=Stage(halvings, 0.0)).logits, lower)
    assert not torch.allclose(critic(images, Condition(), stage=Stage(halvings, 1.0)).logits, lower)


def test_a_critic_that_is_whole_reads_images_by_its_newest_layer_alone() -> None:
    _, critic = pair()
    images = torch.randn(4, 4, 16, 24)
    before = critic(images, Condition(), stage=Stage(1, 1.0)).logits
    for place in (0, 2, 3):
        nn.init.zeros_(critic.from_image[place].weight)
    torch.testing.assert_close(critic(images, Condition(), stage=Stage(1, 1.0)).logits, before, rtol=0, atol=0)


def test_only_a_generator_that_is_not_trained_is_cut_off_at_the_range() -> None:
    generator, _ = pair()
    nn.init.constant_(generator.to_image[-1].bias, 3.0)
    z = torch.randn(2, 8)
    assert generator(z, None, stage=Stage(0, 1.0)).max() > 1
    assert generator.eval()(z, None, stage=Stage(0, 1.0)).max() == 1


def test_growth_from_below_the_first_map_is_refused_by_name() -> None:
    for net, given in zip(pair(), (torch.randn(2, 8), torch.randn(2, 4, 2, 3)), strict=True):
        with pytest.raises(UsageError, match=r"growth\.start: .* Nearest: 4\."):
            net(given, None, stage=Stage(4, 1.0))


def test_sides_that_halve_to_no_first_map_are_refused() -> None:
    found = architectures.find("progan")
    assert not list(found.check(SMALL, DataShape(1, (24, 40))))
    assert list(found.check(SMALL, DataShape(1, (24, 41))))
