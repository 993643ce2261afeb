"""Projected GAN's critics: what is borrowed, what is drawn once, and what learns."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine import architectures
from ganstudio.engine.architectures.projected import Critic, Mixing, seen_size
from ganstudio.engine.contract import Condition, DataShape
from tests.engine.networks.test_architectures import build, count, problems, square

WIDTHS = {"efficientnet-lite0": (24, 40, 112, 320), "lenet": (24, 48, 64)}


def critic_of(features: str, shape: DataShape) -> Critic:
    _, critic = build("projected", shape, device="cpu", features=features, mixed=8)
    assert isinstance(critic, Critic)
    return critic


@pytest.mark.parametrize("features", WIDTHS)
def test_the_borrowed_network_never_trains_and_is_in_no_checkpoint_and_no_count(features: str) -> None:
    critic = critic_of(features, square(32)).train()
    borrowed = critic.features.net._hidden[0]
    assert not any(module.training for module in borrowed.modules())
    assert not any(parameter.requires_grad for parameter in borrowed.parameters())
    inner = {id(tensor) for tensor in (*borrowed.parameters(), *borrowed.buffers())}
    assert inner
    assert not inner & {id(tensor) for tensor in (*critic.parameters(), *critic.buffers())}
    assert not [name for name in critic.state_dict() if name.startswith("features")]
    assert count(critic) == count(critic.mixing) + count(critic.heads)


def test_what_mixes_is_kept_in_checkpoints_and_never_learns() -> None:
    critic = critic_of("lenet", square(32))
    assert not any(parameter.requires_grad for parameter in critic.mixing.parameters())
    assert {name.split(".")[0] for name in critic.state_dict()} == {"mixing", "heads"}
    assert all(parameter.requires_grad for parameter in critic.heads.parameters())


def test_channels_are_mixed_in_each_map_and_scales_from_the_smallest_up() -> None:
    mixing = Mixing((3, 5, 7), 2)
    maps = [torch.randn(2, width, side, side + 2) for width, side in ((3, 8), (5, 4), (7, 2))]
    mixed = mixing(maps)
    assert [tuple(one.shape) for one in mixed] == [(2, 2, 8, 10), (2, 4, 4, 6), (2, 8, 2, 4)]
    alone = [F.conv2d(one, layer.weight) for one, layer in zip(maps, mixing.channels, strict=True)]

    def up(x: Tensor, level: int) -> Tensor:
        blended = F.conv2d(x, mixing.scales[level].weight, padding=1)
        return F.interpolate(blended, maps[level].shape[2:], mode="bilinear", align_corners=False)

    by_hand = [alone[2]]
    for level in (1, 0):
        by_hand.insert(0, alone[level] + up(by_hand[0], level))
    for found, expected in zip(mixed, by_hand, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("features", WIDTHS)
def test_there_is_a_critic_a_map_and_a_gradient_that_reaches_the_image_of_each(features: str) -> None:
    critic = critic_of(features, square(32))
    images = (torch.rand(2, 1, 32, 32) * 2 - 1).requires_grad_()
    output = critic(images, Condition())
    assert len(output.scales) == len(output.features) == len(WIDTHS[features])
    for scale in output.scales:
        (gradient,) = torch.autograd.grad(scale.sum(), images, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert gradient.abs().amax((1, 2, 3)).min() > 0


def test_images_are_brought_to_at_most_96_px_for_the_borrowed_network_to_see() -> None:
    options = architectures.find("projected").options
    assert seen_size(options(seen_px=96), DataShape(3, (128, 256))) == (48, 96)
    assert seen_size(options(features="lenet"), square(32)) == (32, 32)
    with pytest.raises(ValueError, match="96"):
        options(seen_px=97)


def test_it_says_what_its_critics_read() -> None:
    found = architectures.find("projected")
    assert found.reads(found.options()) == {"efficientnet-lite0"}
    assert found.reads(found.options(features="lenet")) == {"lenet"}


def test_lenet_is_for_grey_images_of_32_px() -> None:
    assert problems("projected", square(64), features="lenet")[0].endswith("Nearest: efficientnet-lite0.")
