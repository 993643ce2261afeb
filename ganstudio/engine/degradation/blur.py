"""Gaussian blur, round or longer in one direction: Wang et al. 2021 (arXiv:2107.10833, section 3.1)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

REACH = 10  # pixels to each side, more than three deviations of the published widest


def gaussians(deviations: Tensor, angles: Tensor, reach: int = REACH) -> Tensor:
    """Kernels [N, K, K] that sum to 1, K being twice the `reach` and one.

    `deviations` [N, 2] in pixels are those along the direction that `angles` [N], in radians, turn from the horizontal
    and across it. One of 0 leaves a picture as it is.
    """
    places = torch.arange(-reach, reach + 1, dtype=torch.float32, device=angles.device)
    y, x = torch.meshgrid(places, places, indexing="ij")
    cos, sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
    along, across = x * cos + y * sin, y * cos - x * sin
    wide = deviations.clamp_min(1e-3)[:, :, None, None]
    kernels = torch.exp(-(along / wide[:, 0]).square() / 2 - (across / wide[:, 1]).square() / 2)
    return kernels / kernels.sum((1, 2), keepdim=True)


def blurred(images: Tensor, kernels: Tensor) -> Tensor:
    """`images` [N, C, H, W], each under its own of `kernels` [N, K, K]; beyond the edge they are mirrored."""
    count, channels, height, width = images.shape
    reach = kernels.shape[-1] // 2
    padded = F.pad(images, (reach,) * 4, mode="reflect").reshape(1, count * channels, height + 2 * reach, -1)
    weights = kernels.repeat_interleave(channels, 0)[:, None].to(images.dtype)
    return F.conv2d(padded, weights, groups=count * channels).reshape(count, channels, height, width)
