"""Pixel norm against its formula."""

import torch

from ganstudio.engine.layers.pixel_norm import PixelNorm


def test_each_pixel_is_divided_by_the_root_mean_square_of_its_features() -> None:
    x = torch.tensor([[[[3.0, 0.0]], [[4.0, 2.0]]]])  # two features at two pixels
    expected = torch.tensor([[[[3 / 12.5**0.5, 0.0]], [[4 / 12.5**0.5, 2**0.5]]]])
    torch.testing.assert_close(PixelNorm()(x), expected)


def test_features_that_are_all_zero_have_a_finite_gradient() -> None:
    x = torch.zeros(2, 8, requires_grad=True)
    PixelNorm()(x).sum().backward()
    assert x.grad.isfinite().all()
