"""Conditional batch norm against torch's, whose scale and shift are the class's."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.engine.layers.conditional_batch_norm import ConditionalBatchNorm2d


def test_each_class_has_its_own_scale_and_shift_over_common_statistics() -> None:
    torch.manual_seed(0)
    net = ConditionalBatchNorm2d.by_class(3, 4)
    nn.init.normal_(net.gain.weight), nn.init.normal_(net.bias.weight)
    x, labels = torch.randn(6, 3, 2, 2), torch.tensor([0, 3, 1, 1, 0, 2])
    expected = torch.stack(
        [
            F.batch_norm(x, None, None, 1 + net.gain.weight[k], net.bias.weight[k], training=True)[n]
            for n, k in enumerate(labels)
        ]
    )
    torch.testing.assert_close(net(x, labels), expected)


def test_it_begins_as_a_plain_norm_for_every_class() -> None:
    x = torch.randn(4, 3, 2, 2)
    net, plain = ConditionalBatchNorm2d.by_class(3, 2), nn.BatchNorm2d(3)
    assert torch.equal(net(x, torch.tensor([0, 1, 0, 1])), plain(x))
    assert torch.equal(net.norm.running_var, plain.running_var)


def test_what_is_told_may_be_a_vector() -> None:
    gain, bias = nn.Linear(5, 3, bias=False), nn.Linear(5, 3, bias=False)
    x, told = torch.randn(4, 3, 2, 2), torch.randn(4, 5)
    net = ConditionalBatchNorm2d(3, gain, bias)
    normalized = F.batch_norm(x, None, None, training=True)
    expected = normalized * (1 + told @ gain.weight.T)[..., None, None] + (told @ bias.weight.T)[..., None, None]
    torch.testing.assert_close(net(x, told), expected)
