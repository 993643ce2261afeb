"""Filters against sums written out, on images that are not square."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.engine.layers.resample import Downsample, Filter, Upsample

KERNELS = [(1.0, 2.0, 1.0), (1.0, 3.0, 3.0, 1.0)]


def picture() -> Tensor:
    return torch.randn(2, 3, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def spread(x: np.ndarray, kernel: tuple[float, ...], padding: int) -> np.ndarray:
    """Each pixel of x [H, W] puts `kernel` into an image of twice the sides, its first tap at 2 i - padding."""
    taps = np.outer(kernel, kernel) * 4 / sum(kernel) ** 2
    out = np.zeros((2 * x.shape[0], 2 * x.shape[1]))
    for (i, j), value in np.ndenumerate(x):
        for (a, b), tap in np.ndenumerate(taps):
            if 0 <= (row := 2 * i - padding + a) < len(out) and 0 <= (column := 2 * j - padding + b) < out.shape[1]:
                out[row, column] += value * tap
    return out


def gathered(x: np.ndarray, kernel: tuple[float, ...], padding: int, step: int) -> np.ndarray:
    """Each pixel of the result is a weighted sum of x [H, W], whose first tap lies at step * i - padding."""
    taps = np.outer(kernel, kernel) / sum(kernel) ** 2
    out = np.zeros((x.shape[0] // step, x.shape[1] // step))
    for i, j in np.ndindex(out.shape):
        for (a, b), tap in np.ndenumerate(taps):
            if 0 <= (row := step * i - padding + a) < len(x) and 0 <= (column := step * j - padding + b) < x.shape[1]:
                out[i, j] += x[row, column] * tap
    return out


@pytest.mark.parametrize("kernel", KERNELS, ids=["121", "1331"])
def test_upsampling_is_the_sum_of_a_kernel_a_pixel(kernel: tuple[float, ...]) -> None:
    x = picture()
    np.testing.assert_allclose(Upsample(kernel).double()(x)[1, 2], spread(x[1, 2].numpy(), kernel, 1), atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS, ids=["121", "1331"])
def test_downsampling_is_a_weighted_sum_at_every_second_pixel(kernel: tuple[float, ...]) -> None:
    x = picture()
    np.testing.assert_allclose(
        Downsample(kernel).double()(x)[1, 2], gathered(x[1, 2].numpy(), kernel, 1, 2), atol=1e-12
    )


def test_a_blur_keeps_the_size() -> None:
    x = picture()
    by_hand = gathered(x[1, 2].numpy(), (1.0, 2.0, 1.0), 1, 1)
    np.testing.assert_allclose(Filter((1.0, 2.0, 1.0)).double()(x)[1, 2], by_hand, atol=1e-12)


def test_1331_is_pixels_doubled_and_blurred_by_121() -> None:
    x = picture()
    doubled = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(Upsample().double()(x), Filter((1.0, 2.0, 1.0)).double()(doubled))


@pytest.mark.parametrize("kernel", KERNELS, ids=["121", "1331"])
@pytest.mark.parametrize("layer", [Upsample, Downsample])
def test_filters_keep_what_is_constant_and_differentiate_twice(layer: type, kernel: tuple[float, ...]) -> None:
    filtered = layer(kernel)
    inside = filtered(torch.ones(1, 2, 8, 12))[..., 1:-1, 1:-1]
    torch.testing.assert_close(inside, torch.ones_like(inside))
    x = picture().requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: filtered.double()(x).sin(), (x[:1, :1],))


def test_under_bf16_the_cpu_filters_in_fp32() -> None:
    x = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(0)).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        filtered = Upsample()(x)
    torch.testing.assert_close(filtered, Upsample()(x.float()).bfloat16(), rtol=0, atol=0)
