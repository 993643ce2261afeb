"""Residual blocks against the papers' figures, layer by layer."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.engine.layers.conditional_batch_norm import ConditionalBatchNorm2d
from ganstudio.engine.layers.residual import DownBlock, UpBlock


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_a_block_that_doubles_normalizes_activates_and_doubles_before_its_first_convolution() -> None:
    net, x = UpBlock(3, 5), torch.randn(2, 3, 4, 6)
    up = nn.Upsample(scale_factor=2)
    y = net.conv1(up(F.batch_norm(x, None, None, training=True).relu()))
    y = net.conv2(F.batch_norm(y, None, None, training=True).relu())
    torch.testing.assert_close(net(x), y + net.skip(up(x)))  # the figure's order: doubled, then 1x1


def test_a_block_that_doubles_hands_its_norms_the_class() -> None:
    net = UpBlock(3, 5, lambda channels: ConditionalBatchNorm2d.by_class(channels, 2))
    x = torch.randn(1, 3, 4, 4).expand(2, -1, -1, -1)
    nn.init.normal_(net.norm2.gain.weight)
    one, other = net(x, torch.tensor([0, 1]))
    assert not torch.allclose(one, other)


def test_a_block_that_halves_takes_means_after_its_convolutions() -> None:
    net, x = DownBlock(3, 5), torch.randn(2, 3, 4, 6)
    y = net.conv2(net.conv1(x.relu()).relu()) + net.skip(x)
    torch.testing.assert_close(net(x), F.avg_pool2d(y, 2))


def test_the_first_block_of_a_critic_neither_normalizes_nor_activates_what_it_sees() -> None:
    net, x = DownBlock(3, 5, lambda channels: nn.GroupNorm(1, channels), first=True), torch.randn(2, 3, 4, 4)
    y = net.conv2(net.conv1(x).relu()) + net.skip(x)
    torch.testing.assert_close(net(x), F.avg_pool2d(y, 2))


def test_a_block_that_keeps_size_and_channels_adds_its_input_as_it_is() -> None:
    net, x = DownBlock(4, 4, lambda channels: nn.GroupNorm(1, channels), down=False), torch.randn(2, 4, 4, 4)
    y = net.conv1(F.layer_norm(x, x.shape[1:]).relu())
    torch.testing.assert_close(net(x), x + net.conv2(F.layer_norm(y, y.shape[1:]).relu()))
