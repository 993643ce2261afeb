"""Bicubic scaling as Pillow and MATLAB have it: antialiased, Keys' kernel with a = -0.5."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ganstudio.units import HeightWidth


def reduced(images: Tensor, scale: int) -> Tensor:
    """`images` [N, C, H, W] in [-1, 1] with sides `scale` times shorter, in steps of 8-bit values.

    The kernel is as many times wider, so that nothing is passed over. At the edge Pillow leaves out what lies beyond it
    and MATLAB mirrors the picture: this is Pillow's, but for its rounding between rows and columns.
    """
    height, width = images.shape[2:]
    return in_steps(resized(images, (height // scale, width // scale)))


def resized(images: Tensor, size: HeightWidth) -> Tensor:
    """`images` [N, C, H, W] as [N, C, *size], which may be larger; values may overshoot a little."""
    return F.interpolate(images.float(), size, mode="bicubic", antialias=True, align_corners=False)


def in_steps(images: Tensor) -> Tensor:
    """`images` as a file of 8 bits holds them: 256 values from -1 to 1."""
    return ((images + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1
