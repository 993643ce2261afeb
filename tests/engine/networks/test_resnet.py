"""Residual networks as tables 4 to 6 of SNGAN's paper have them, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.layers.attention import SelfAttention
from ganstudio.engine.layers.conditional_batch_norm import ConditionalBatchNorm2d
from ganstudio.engine.layers.residual import DownBlock, UpBlock
from tests.engine.networks.test_architectures import build, is_legal, problems, square

CLASSES = (5, 5, 5)


def blocks(net: nn.Module) -> list[tuple[int, int]]:
    """Channels in and out of each residual block, in order."""
    found = [m.conv1 for m in net.modules() if isinstance(m, UpBlock | DownBlock)]
    return [(conv.in_channels, conv.out_channels) for conv in found]


def test_at_32_px_the_networks_are_table_4s() -> None:
    generator, critic = build("resnet", square(32, 3))
    assert generator.first == (256, 4, 4)
    assert blocks(generator) == [(256, 256)] * 3
    assert blocks(critic) == [(3, 128), (128, 128), (128, 128), (128, 128)]
    assert [m.down for m in critic.blocks] == [True, True, False, False]


def test_doubled_widths_at_48_px_are_table_5s() -> None:
    generator, critic = build("resnet", square(48, 3), layout="doubled", channels=64, critic_channels=64)
    assert generator.first == (512, 6, 6)
    assert blocks(generator) == [(512, 256), (256, 128), (128, 64)]
    assert blocks(critic) == [(3, 64), (64, 128), (128, 256), (256, 512)]


@pytest.mark.parametrize("layout", ["constant", "doubled"])
@pytest.mark.parametrize("size", [(16, 16), (32, 32), (24, 40), (128, 64)])
def test_every_layout_takes_squares_and_rectangles(size: tuple[int, int], layout: str) -> None:
    generator, critic = build("resnet", DataShape(4, size), channels=8, critic_channels=8, layout=layout)
    images = generator(torch.empty(2, 128, device="meta"), None)
    assert images.shape == (2, 4, *size)
    assert critic(images, Condition()).logits.shape == (2, 1)


def test_with_a_head_each_class_has_its_own_norms_and_the_critic_sees_the_class() -> None:
    shape = square(16, 1, CLASSES)
    generator, critic = build("resnet", shape, device="cpu", channels=4, critic_channels=4, head="projection")
    generator.eval(), critic.eval()
    assert generator.conditional
    assert sum(isinstance(m, ConditionalBatchNorm2d) for m in generator.modules()) == 4
    for m in generator.modules():
        if isinstance(m, ConditionalBatchNorm2d):
            nn.init.normal_(m.gain.weight)
    labels = torch.arange(3)
    images = generator(torch.randn(1, 128).expand(3, -1), labels)
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    logits = critic(images[:1].expand(3, -1, -1, -1), Condition(labels)).logits
    assert len(set(logits.flatten().tolist())) == 3


@pytest.mark.parametrize(("side", "norm"), [("generator", "spectral"), ("critic", "spectral")])
def test_spectral_norm_bounds_every_layer_of_a_side(side: str, norm: str) -> None:
    options: dict[str, Any] = {f"{side}_norm": norm, "attention": [16], "head": "projection"}
    nets = dict(zip(("generator", "critic"), build("resnet", square(32, 1, CLASSES), **options), strict=True))
    layers = [m for m in nets[side].modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert layers
    assert all(hasattr(layer, "parametrizations") for layer in layers)
    assert sum(isinstance(m, SelfAttention) for m in nets[side].modules()) == 1


def test_layer_norm_stands_in_all_blocks_of_the_critic_but_the_first() -> None:
    _, critic = build("resnet", square(32), critic_channels=8, critic_norm="layer")
    norms = [m for m in critic.modules() if isinstance(m, nn.GroupNorm)]
    assert [norm.num_groups for norm in norms] == [1] * 7  # two a block and one at the end
    assert not any(hasattr(m, "parametrizations") for m in critic.modules())


def test_the_last_map_is_summed_or_averaged() -> None:
    images = torch.randn(2, 1, 16, 16)
    answers = []
    for pool in ("sum", "mean"):
        _, critic = build("resnet", square(16), device="cpu", critic_channels=4, critic_norm="none", pool=pool)
        answers.append(critic(images, Condition()).logits)
    torch.testing.assert_close(answers[0], 64 * answers[1])  # 8 x 8 places; biases begin at 0


@pytest.mark.parametrize(
    ("shape", "options", "says"),
    [
        (square(8), {}, "data.resolution: resnet needs 16 px or more; got 8. Nearest: 16."),
        (square(100), {}, "data.resolution: resnet halves both sides"),
        (square(32), {"head": "classes"}, "architecture.head: the data set has no classes. Nearest: none"),
        (square(32), {"attention": [5]}, "architecture.attention: images of 32 px have maps of 4, 8, 16; got 5."),
    ],
)
def test_what_it_cannot_take_is_refused_by_name(shape: DataShape, options: dict[str, Any], says: str) -> None:
    (problem,) = problems("resnet", shape, **options)
    assert problem.startswith(says)
    assert is_legal("resnet", square(32))
