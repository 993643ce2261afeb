"""Small pictures made of large ones: against Pillow, worked by hand, and drawn alike wherever they are."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.engine.conformance import CPU
from ganstudio.engine.degradation import small_pictures
from ganstudio.engine.degradation.bicubic import in_steps, reduced
from ganstudio.engine.degradation.blur import blurred, gaussians
from ganstudio.engine.degradation.jpeg import compressed
from ganstudio.engine.draws import Draw
from ganstudio.recipe.task_choices import SuperresTask


def photograph(height: int = 64, width: int = 96) -> torch.Tensor:
    """Waves and noise within [-0.8, 0.8], [1, 3, H, W], in steps of 8-bit values."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    waves = torch.stack([torch.sin(x / 5 + y / (7 + k)) for k in range(3)])
    noise = torch.rand(waves.shape, generator=torch.Generator().manual_seed(0)) - 0.5
    return in_steps(0.5 * waves + 0.6 * noise)[None]


def pixels(images: torch.Tensor) -> np.ndarray:
    return ((images[0] + 1) * 127.5).round().to(torch.uint8).movedim(0, -1).numpy()


def draw(total: int = 4, rows: slice | None = None, step: int = 0) -> Draw:
    return Draw(0, "train/d", step, total, rows or slice(0, total), CPU.device)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_bicubic_scaling_is_pillows_within_rounding(scale: int) -> None:
    image = photograph()
    small = Image.fromarray(pixels(image)).resize((96 // scale, 64 // scale), Image.Resampling.BICUBIC)
    difference = np.abs(pixels(reduced(image, scale)).astype(int) - np.asarray(small).astype(int))
    assert difference.max() <= 1


def test_a_gaussian_turned_by_a_right_angle_is_as_wide_as_it_was_long() -> None:
    kernels = gaussians(torch.tensor([[2.0, 1.0], [2.0, 1.0]]), torch.tensor([0.0, math.pi / 2]))
    torch.testing.assert_close(kernels[0], kernels[1].T)
    places = torch.arange(-10.0, 11)
    variances = [(kernels[0].sum(axis) * places.square()).sum().item() for axis in (0, 1)]
    assert variances == [pytest.approx(4.0, abs=0.01), pytest.approx(1.0, abs=0.01)]  # along x, along y


def test_each_picture_is_blurred_under_its_own_kernel_and_a_deviation_of_0_leaves_it() -> None:
    images = torch.cat([photograph(24, 24), photograph(24, 24)])
    soft = blurred(images, gaussians(torch.tensor([[0.0, 0.0], [3.0, 3.0]]), torch.zeros(2)))
    torch.testing.assert_close(soft[0], images[0])
    assert soft[1].std() < 0.8 * images[1].std()
    flat = torch.full((1, 1, 24, 24), 0.25)
    torch.testing.assert_close(blurred(flat, gaussians(torch.tensor([[3.0, 1.0]]), torch.ones(1))), flat)


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_what_pillow_writes_and_reads(channels: int) -> None:
    image = photograph()[:, :channels]
    shown, file = pixels(image), io.BytesIO()
    Image.fromarray(shown[:, :, 0] if channels == 1 else shown).save(file, "JPEG", quality=40)
    wanted = np.asarray(Image.open(file)).reshape(shown.shape)
    assert np.array_equal(pixels(compressed(image, torch.tensor([40]))), wanted)


@pytest.mark.parametrize("degradation", ["bicubic", "real"])
def test_small_pictures_are_the_same_in_any_part_of_a_batch_and_others_at_the_next_step(degradation: str) -> None:
    images = photograph().expand(4, -1, -1, -1)
    task = SuperresTask(degradation=degradation, scale=4)
    whole = small_pictures(images, task, draw())
    assert whole.shape == (4, 3, 16, 24)
    assert torch.equal(in_steps(whole), whole)
    parts = [small_pictures(images[rows], task, draw(rows=rows)) for rows in (slice(0, 1), slice(1, 4))]
    assert torch.equal(torch.cat(parts), whole)
    again = small_pictures(images, task, draw(step=1))
    assert torch.equal(again, whole) is (degradation == "bicubic")
    assert torch.equal(whole[0], whole[1]) is (degradation == "bicubic")


def test_what_real_draws_stays_within_its_knobs() -> None:
    images = photograph().expand(2, -1, -1, -1)
    still = SuperresTask(degradation="real", scale=2, blur=(0, 0), resize=(1, 1), noise=(0, 0), jpeg=(100, 100))
    assert (small_pictures(images, still, draw(2)) - reduced(images, 2)).abs().mean() < 0.1
    noisy = still.model_copy(update={"noise": (60.0, 60.0)})
    flat = torch.zeros(2, 1, 64, 96)  # grey: JPEG halves the noise of colours
    spread = (small_pictures(flat, noisy, draw(2)) * 127.5).std((1, 2, 3))
    # Gaussian noise has the deviation itself, that of photons 1 / sqrt(2) of it at half the brightness
    assert all(min(abs(one - 60), abs(one - 60 / math.sqrt(2))) < 6 for one in spread.tolist())
