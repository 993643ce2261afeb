"""What cameras and files do to a picture, drawn for each anew: Real-ESRGAN's model of the first order.

Wang et al. 2021 (arXiv:2107.10833, eq. 1): x = [(y * k) scaled down + n] through JPEG. Here the blur k is a Gaussian,
round or not; its kernels of other forms are left out, and all are 21 px wide. A picture is scaled at random before it
gets its final size, as in section 3.1. Noise is Gaussian, or of photons: Poisson's, by its normal approximation.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.degradation.bicubic import in_steps, resized
from ganstudio.engine.degradation.blur import REACH, blurred, gaussians
from ganstudio.engine.degradation.jpeg import compressed
from ganstudio.engine.draws import Draw
from ganstudio.recipe.task_choices import SuperresTask
from ganstudio.units import HeightWidth

# Shares of the published settings, options/train_realesrnet_x4plus.yml of the paper's code
ROUND = 0.64  # of the Gaussians, those that are as wide as long
LARGER, KEPT = 0.2, 0.1  # of pictures that are first made larger, or keep their size
GAUSSIAN, GREY = 0.5, 0.4  # of the noise: that which is Gaussian, and that which is the same in all channels
METHODS = ("area", "bilinear", "bicubic")


def degraded(images: Tensor, task: SuperresTask, draw: Draw) -> Tensor:
    """Pictures [N, C, H / scale, W / scale] of `images` [N, 1 or 3, H, W], both in [-1, 1], as 8 bits hold them."""
    size = (images.shape[2] // task.scale, images.shape[3] // task.scale)
    softened = blurred(images.float(), _kernels(images, task, draw))
    small = in_steps(_noisy(_scaled(softened, size, task, draw), task, draw))
    low, high = task.jpeg
    return compressed(small, low + draw.integers("degradation/jpeg", high - low + 1))


def _kernels(images: Tensor, task: SuperresTask, draw: Draw) -> Tensor:
    drawn = draw.uniform("degradation/blur", 4)
    deviations = _between(task.blur, drawn[:, :2])
    deviations[:, 1] = torch.where(drawn[:, 2] < ROUND, deviations[:, 0], deviations[:, 1])
    reach = min(REACH, *(side - 1 for side in images.shape[2:]))  # what a mirrored edge has
    return gaussians(deviations, (drawn[:, 3] - 0.5) * math.pi, reach)


def _scaled(images: Tensor, size: HeightWidth, task: SuperresTask, draw: Draw) -> Tensor:
    """`images` at their final `size`, each after a detour over another."""
    height, width = images.shape[2:]
    drawn = draw.uniform("degradation/resize", 4).tolist()
    rows = []
    for image, (way, share, first, second) in zip(images.split(1), drawn, strict=True):
        least, most = task.resize
        if way < LARGER:
            factor = 1 + share * (max(most, 1.0) - 1)
        else:
            factor = 1.0 if way < LARGER + KEPT else least + share * (min(most, 1.0) - least)
        between = (max(round(height * factor), 1), max(round(width * factor), 1))
        rows.append(_to_size(_to_size(image, between, first), size, second))
    return torch.cat(rows)


def _to_size(image: Tensor, size: HeightWidth, drawn: float) -> Tensor:
    """`image` [1, C, *size], by one of METHODS, which `drawn` in [0, 1) picks."""
    if image.shape[2:] == size:
        return image
    match METHODS[int(drawn * len(METHODS))]:
        case "area":
            return F.interpolate(image, size, mode="area")
        case "bilinear":
            return F.interpolate(image, size, mode="bilinear", align_corners=False)
        case _:
            return resized(image, size)


def _noisy(images: Tensor, task: SuperresTask, draw: Draw) -> Tensor:
    drawn = draw.uniform("degradation/noise", 3)[..., None, None, None]
    normal = draw.image_noise("degradation/noise", *images.shape[1:])
    normal = torch.where(drawn[:, 0] < GREY, normal[:, :1], normal)
    deviation = _between(task.noise, drawn[:, 1]) / 127.5  # of values from -1 to 1
    photons = deviation * ((images.clamp(-1, 1) + 1) / 2).sqrt()
    return images + normal * torch.where(drawn[:, 2] < GAUSSIAN, deviation, photons)


def _between(bounds: tuple[float, float], drawn: Tensor) -> Tensor:
    return bounds[0] + (bounds[1] - bounds[0]) * drawn
