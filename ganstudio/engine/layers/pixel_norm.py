"""Pixelwise feature vector normalization, Karras et al. 2018 (arXiv:1710.10196, section 4.2)."""

from __future__ import annotations

from torch import Tensor, nn

EPSILON = 1e-8


class PixelNorm(nn.Module):
    """[N, C, ...]: each pixel's C features divided by the root of their mean square."""

    def forward(self, x: Tensor) -> Tensor:
        # in fp32: squares overflow in fp16, and the epsilon is zero there
        return x * (x.float().square().mean(1, keepdim=True) + EPSILON).rsqrt().to(x.dtype)
