"""Self-attention against SAGAN's equations written out place by place."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.layers.attention import SelfAttention


def block(channels: int = 8) -> SelfAttention:
    torch.manual_seed(0)
    net = SelfAttention(channels).double()
    nn.init.constant_(net.gain, 0.7)
    return net


def matrix(layer: nn.Module) -> torch.Tensor:
    return layer.weight.flatten(1)


def test_each_place_gains_the_mean_of_values_weighted_by_its_querys_products_with_keys() -> None:
    net, x = block(), torch.randn(1, 8, 2, 4, dtype=torch.float64)
    places = x[0].flatten(1).T  # 8 places of 8 channels
    squares = [[0, 1, 4, 5], [2, 3, 6, 7]]  # of 2 x 2 places, row by row
    keys, values = places @ matrix(net.key).T, places @ matrix(net.value).T
    keys, values = (torch.stack([each[square].amax(0) for square in squares]) for each in (keys, values))
    expected = torch.empty(8, 8, dtype=torch.float64)
    for number, place in enumerate(places):
        products = torch.exp(torch.stack([matrix(net.query) @ place @ key for key in keys]))
        mixed = sum(share * value for share, value in zip(products / products.sum(), values, strict=True))
        expected[number] = place + 0.7 * matrix(net.output) @ mixed
    torch.testing.assert_close(net(x)[0].flatten(1).T, expected, rtol=0, atol=1e-6)  # its softmax is in float32


def test_at_the_first_gain_it_changes_nothing() -> None:
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(SelfAttention(8)(x), x)


def test_it_differentiates_twice_also_with_odd_sides_and_spectral_norm() -> None:
    torch.manual_seed(0)
    net = SelfAttention(4, spectral_norm).double().eval()
    nn.init.constant_(net.gain, 0.7)
    net.forward(x := torch.randn(1, 4, 3, 2, dtype=torch.float64, requires_grad=True))
    # float32 in the softmax: steps must be wide
    assert torch.autograd.gradcheck(net, x, eps=1e-2, atol=1e-2)
    assert torch.autograd.gradgradcheck(net, x, eps=1e-2, atol=1e-2)
