"""Equalized layers against plain ones with the weights worked out by hand."""

import math

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.preparation.prepared_networks import set_orthogonal
from ganstudio.engine.terms.penalties.orthogonal import filters_of


def test_a_convolution_multiplies_its_stored_weights_by_he_s_constant() -> None:
    torch.manual_seed(0)
    layer = EqualizedConv2d(8, 4, 3, gain=math.sqrt(2))
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 8, 5, 7)
    by_hand = F.conv2d(x, layer.weight * math.sqrt(2 / (8 * 9)), layer.bias, padding=1)
    torch.testing.assert_close(layer(x), by_hand)


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_stored_weights_have_a_deviation_of_one_over_the_multiplier_and_act_alike(multiplier: float) -> None:
    torch.manual_seed(0)
    layer = EqualizedLinear(400, 300, bias_init=1.0, lr_multiplier=multiplier)
    assert layer.weight.std().item() == pytest.approx(1 / multiplier, rel=0.02)
    assert layer(torch.zeros(1, 400)).mean().item() == pytest.approx(1.0)
    assert layer(torch.randn(100, 400)).std().item() == pytest.approx(1.0, rel=0.05)


def test_a_multiplier_makes_an_adam_step_that_much_smaller() -> None:
    moved = []
    for multiplier in (1.0, 0.01):
        torch.manual_seed(0)
        layer = EqualizedLinear(16, 3, lr_multiplier=multiplier).double()
        optimizer = torch.optim.Adam(layer.parameters(), lr=1e-3)
        x = torch.randn(4, 16, dtype=torch.float64)
        before = layer(x).detach()
        layer(x).sum().backward()
        optimizer.step()
        moved.append((layer(x) - before).detach().norm().item())
    assert moved[1] / moved[0] == pytest.approx(0.01, rel=1e-3)


def test_an_output_gain_before_a_leaky_relu_is_one_after_it() -> None:
    torch.manual_seed(0)
    plain, gained = EqualizedConv2d(4, 4, 3), EqualizedConv2d(4, 4, 3, output_gain=math.sqrt(2))
    torch.nn.init.normal_(plain.bias)
    gained.load_state_dict(plain.state_dict())
    x = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(F.leaky_relu(gained(x), 0.2), F.leaky_relu(plain(x), 0.2) * math.sqrt(2))


def test_orthogonal_filters_are_those_that_images_are_multiplied_by() -> None:
    layer = EqualizedConv2d(4, 6, 3, gain=math.sqrt(2))
    set_orthogonal(layer)
    (filters,) = filters_of(layer)
    torch.testing.assert_close(filters, layer.scaled_weight().flatten(1))
    torch.testing.assert_close(filters @ filters.T, torch.eye(6), atol=1e-5, rtol=0)
