"""Up- and downsampling by a finite impulse response filter (FIR), as in StyleGAN (arXiv:1812.04948, appendix C).

Kernels are separable and given along one side: (1, 2, 1), (1, 3, 3, 1). Beyond the edges are zeros. A kernel of even
length puts the pixels of both sizes in the same square; with one of odd length, every other pixel of the larger image
lies on one of the smaller. (1, 3, 3, 1) is what doubling pixels and then blurring by (1, 2, 1) comes to.

Filters keep the type that they are given: a sum of images in fp32 stays one under autocast. On the CPU they compute in
fp32 all the same, for depthwise convolutions in bf16 are up to thirty times as slow there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.layers.precision import without_autocast

Kernel = tuple[float, ...]
SMOOTH: Kernel = (1.0, 3.0, 3.0, 1.0)


class _Filter(nn.Module):
    kernel: Tensor

    def __init__(self, kernel: Kernel, gain: float = 1.0) -> None:
        super().__init__()
        side = torch.tensor(kernel) / sum(kernel)
        # not in checkpoints: it never changes
        self.register_buffer("kernel", gain * side[:, None] * side, persistent=False)
        self.padding = (len(kernel) - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        weight = self.kernel.expand(x.shape[1], 1, *self.kernel.shape)
        dtype = torch.float32 if x.device.type == "cpu" and x.dtype == torch.bfloat16 else x.dtype
        with without_autocast(x):
            return self.convolve(x.to(dtype), weight.to(dtype)).to(x.dtype)

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        raise NotImplementedError


class Filter(_Filter):
    """[N, C, H, W] -> [N, C, H + 2 padding - K + 1, W + ...]; an odd kernel's own padding keeps the size."""

    def __init__(self, kernel: Kernel, padding: int | None = None, gain: float = 1.0) -> None:
        super().__init__(kernel, gain)
        self.padding = self.padding if padding is None else padding

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv2d(x, weight, padding=self.padding, groups=x.shape[1])


class Upsample(_Filter):
    """[N, C, H, W] -> [N, C, 2H, 2W]; what is constant stays as it is, but for the edges."""

    def __init__(self, kernel: Kernel = SMOOTH) -> None:
        super().__init__(kernel, gain=4.0)
        self.beyond = 2 + 2 * self.padding - len(kernel)

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv_transpose2d(
            x, weight, stride=2, padding=self.padding, output_padding=self.beyond, groups=x.shape[1]
        )


class Downsample(_Filter):
    """[N, C, H, W] -> [N, C, H/2, W/2] of even H and W; what is constant stays as it is, but for the edges."""

    def __init__(self, kernel: Kernel = SMOOTH) -> None:
        super().__init__(kernel)

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv2d(x, weight, stride=2, padding=self.padding, groups=x.shape[1])
