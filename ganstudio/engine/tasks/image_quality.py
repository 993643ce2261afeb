"""How near an image is to the one that was wanted: PSNR and SSIM, of images in [-1, 1]."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_LARGEST_DB = 100.0  # of images that are equal
_SIGMA, _REACH = 1.5, 5  # of the Gaussian window, in pixels: 11x11
_K1, _K2 = 0.01, 0.03


def psnr(made: Tensor, wanted: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB, [N]: 10 log10 of the squared range over the mean squared error."""
    error = (made.float() - wanted.float()).square().flatten(1).mean(1) / 4  # of images in [0, 1]
    return (-10 * error.log10()).clamp_max(_LARGEST_DB)


def ssim(made: Tensor, wanted: Tensor) -> Tensor:
    """Structural similarity, [N], 1 for equal images: the mean over places and channels.

    Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity", eq. 13, with its
    window: an 11x11 Gaussian of 1.5 pixels, only where it lies inside the image. Smaller images have a smaller window.
    """
    a, b = (made.float() + 1) / 2, (wanted.float() + 1) / 2
    mean_a, mean_b = _smooth(a), _smooth(b)
    spread_a = _smooth(a * a) - mean_a.square()
    spread_b = _smooth(b * b) - mean_b.square()
    shared = _smooth(a * b) - mean_a * mean_b
    c1, c2 = _K1**2, _K2**2
    likeness = (2 * mean_a * mean_b + c1) * (2 * shared + c2)
    likeness = likeness / ((mean_a.square() + mean_b.square() + c1) * (spread_a + spread_b + c2))
    return likeness.flatten(1).mean(1)


def _smooth(images: Tensor) -> Tensor:
    """Means under the window at each place where it lies inside, [N, C, H - 10, W - 10]."""
    channels = images.shape[1]
    for axis in (2, 3):
        reach = min(_REACH, (images.shape[axis] - 1) // 2)
        places = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
        weights = torch.exp(-places.square() / (2 * _SIGMA**2))
        shape = [1, 1, -1, 1] if axis == 2 else [1, 1, 1, -1]
        kernel = (weights / weights.sum()).view(shape).expand(channels, *[-1] * 3)
        images = F.conv2d(images, kernel, groups=channels)
    return images
