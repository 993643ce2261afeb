"""PSNR and SSIM of pictures whose values are worked by hand, or by plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganstudio.engine.tasks.image_quality import psnr, ssim
from ganstudio.inference.images import quality


def images(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_psnr_is_that_of_the_mean_squared_error_over_all_pixels() -> None:
    wanted = torch.zeros(2, 3, 4, 4)
    made = wanted.clone()
    made[0] += 0.2  # a tenth of the range of 2
    made[1, :, :2] += 0.2  # in half of the pixels
    found = psnr(made, wanted).tolist()
    assert found == pytest.approx([20.0, 20.0 + 10 * math.log10(2)], abs=1e-4)
    assert psnr(wanted, wanted).tolist() == [100.0, 100.0]


def test_ssim_of_equal_images_is_1_and_of_two_flat_ones_is_its_luminance_term() -> None:
    same = images(0, 2, 3, 16, 16)
    assert ssim(same, same).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    a, b = torch.full((1, 1, 16, 16), 0.0), torch.full((1, 1, 16, 16), 1.0)  # 0.5 and 1 of [0, 1]
    expected = (2 * 0.5 * 1 + 1e-4) / (0.25 + 1 + 1e-4)
    assert ssim(a, b).item() == pytest.approx(expected, abs=1e-4)


def test_ssim_agrees_with_sums_over_each_window() -> None:
    made, wanted = images(1, 1, 1, 13, 12), images(2, 1, 1, 13, 12)
    places = np.arange(-5, 6)
    line = np.exp(-(places**2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()
    x, y = ((one[0, 0].double().numpy() + 1) / 2 for one in (made, wanted))
    values = []
    for row in range(13 - 10):
        for column in range(12 - 10):
            a, b = (one[row : row + 11, column : column + 11] for one in (x, y))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            spread_a, spread_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            shared = (window * (a - mean_a) * (b - mean_b)).sum()
            likeness = (2 * mean_a * mean_b + 1e-4) * (2 * shared + 9e-4)
            values.append(likeness / ((mean_a**2 + mean_b**2 + 1e-4) * (spread_a + spread_b + 9e-4)))
    assert ssim(made, wanted).item() == pytest.approx(np.mean(values), abs=1e-5)


def test_images_smaller_than_the_window_are_compared_all_the_same() -> None:
    small = images(3, 2, 1, 6, 5)
    assert ssim(small, small).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)


def test_pictures_are_measured_alike_without_torch() -> None:
    draw = np.random.RandomState(4)
    pixels = draw.randint(0, 256, (2, 300, 23, 3)).astype(np.uint8)  # more rows than are measured at a time
    pixels[1] = pixels[0] // 2 + pixels[1] // 2
    made, wanted = (torch.from_numpy(one).permute(2, 0, 1)[None] / 127.5 - 1 for one in pixels)
    assert quality.psnr(*pixels) == pytest.approx(psnr(made, wanted).item(), abs=1e-4)
    assert quality.ssim(*pixels) == pytest.approx(ssim(made, wanted).item(), abs=1e-5)
    assert (quality.psnr(pixels[0], pixels[0]), quality.ssim(pixels[0], pixels[0])) == (100.0, pytest.approx(1.0))
    small = pixels[:, :4, :7]
    assert quality.ssim(*small) == pytest.approx(ssim(made[..., :4, :7], wanted[..., :4, :7]).item(), abs=1e-5)
