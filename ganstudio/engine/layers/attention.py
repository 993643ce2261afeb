"""Self-attention over the places of a map, Zhang et al. 2019 (SAGAN, arXiv:1805.08318, section 3, eq. 1 to 4).

The paper's text gives keys, queries and values an eighth of the channels. Here, as in the networks that its authors and
BigGAN's (arXiv:1809.11096, appendix B) published, values have half of them, and keys and values are maxima over squares
of 2x2 places, which leaves a quarter of the products. Matrix products and a softmax: fused attention would neither
differentiate twice nor export.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.layers.first_map import halvings
from ganstudio.errors import nearest_number


class SelfAttention(nn.Module):
    """[N, C, H, W] -> the same shape: x + gain * attention(x), the gain learned from 0.

    `wrapped` is called with each of the four 1x1 convolutions and answers the one to use: `spectral_norm`, for example.
    """

    def __init__(self, channels: int, wrapped: Callable[[nn.Module], nn.Module] = lambda layer: layer) -> None:
        super().__init__()
        inner, values = max(channels // 8, 1), max(channels // 2, 1)
        self.query = wrapped(nn.Conv2d(channels, inner, 1, bias=False))  # g in eq. 1
        self.key = wrapped(nn.Conv2d(channels, inner, 1, bias=False))  # f
        self.value = wrapped(nn.Conv2d(channels, values, 1, bias=False))  # h
        self.output = wrapped(nn.Conv2d(values, channels, 1, bias=False))  # v
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(x).flatten(2)
        key, value = (F.max_pool2d(map_, 2, ceil_mode=True).flatten(2) for map_ in (self.key(x), self.value(x)))
        weights = torch.softmax((query.transpose(1, 2) @ key).float(), 2).to(value.dtype)  # eq. 1; rows are queries
        mixed = value @ weights.transpose(1, 2)
        return x + self.gain * self.output(mixed.unflatten(2, x.shape[2:]))  # eq. 2 and 3


def attention_problems(sides: Collection[int], resolution: int) -> Iterator[str]:
    """For an architecture's `check`: the short sides in `architecture.attention` of which it has no map."""
    maps = sorted(resolution >> level for level in range(1, halvings(resolution) + 1))
    for side in sides:
        if side not in maps:
            yield (
                f"architecture.attention: images of {resolution} px have maps of {', '.join(map(str, maps))}; "
                f"got {side}. Nearest: {nearest_number(side, maps)}."
            )
