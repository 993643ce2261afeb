"""The encoder: convolutions that halve an image down to a few pixels, and a dense layer to a latent."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST = 4  # pixels of the shorter side, at most, that the dense layer sees
WIDTH, WIDEST = 48, 256  # channels at half the size, and at most
HIDDEN = 512


class Halving(nn.Module):
    """[N, inputs, H, W] -> [N, outputs, H/2, W/2], and a convolution of that beside a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
        self.first = nn.BatchNorm2d(outputs)
        self.same = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(self.down(x)), 0.2)
        return F.leaky_relu(x + self.second(self.same(x)), 0.2)


class Encoder(nn.Module):
    """Latents of images [N, C, H, W] in [-1, 1]: z [N, size] or, where it is to give ws, [N, layers, size].

    What the last layer gives has about variance 1: it is times `spread` [size] and beside `centre` [layers, size]. All
    layers of ws move alike.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, channels: int, size: tuple[int, int], centre: Tensor, spread: Tensor, styled: bool) -> None:
        super().__init__()
        self.styled = styled
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        blocks: list[nn.Module] = []
        width = channels
        height, wide = size
        while min(height, wide) > SMALLEST:
            wider = WIDTH if not blocks else min(2 * width, WIDEST)
            blocks.append(Halving(width, wider))
            width, height, wide = wider, height // 2, wide // 2
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(width * height * wide, HIDDEN)
        self.norm = nn.BatchNorm1d(HIDDEN)
        self.head = nn.Linear(HIDDEN, centre.shape[-1])

    def forward(self, images: Tensor) -> Tensor:
        x = self.blocks(images).flatten(1)
        w = self.head(F.leaky_relu(self.norm(self.dense(x)), 0.2)) * self.spread
        return w[:, None] + self.centre if self.styled else w + self.centre[0]

    def latents(self, images: Tensor) -> Tensor:
        """[N, layers, size], in either space."""
        found = self(images)
        return found if self.styled else found[:, None]
