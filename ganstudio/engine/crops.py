"""The part of each picture that networks see where a recipe has `data.crop`, and the same part of its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import gcd

import torch
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.units import HeightWidth, both_texts


@dataclass(frozen=True)
class Crop:
    """A part of `size` (H, W) of a picture of `whole` (H, W), at places that are drawn.

    Places and sizes are multiples of `grid` (vertical, horizontal), so that they fall on whole pixels of the source.
    """

    size: HeightWidth
    whole: HeightWidth
    grid: HeightWidth = (1, 1)

    @staticmethod
    def of(size: HeightWidth | None, whole: tuple[int, ...], source: HeightWidth | None) -> Crop | None:
        """The crop of pictures of `whole`, (H, W) at its end, made from sources (H, W); None without a size."""
        if size is None:
            return None
        height, width = whole[-2:]
        if source is None:
            return Crop(size, (height, width))
        return Crop(size, (height, width), (height // gcd(height, source[0]), width // gcd(width, source[1])))

    def problems(self) -> Iterator[str]:
        """Sentences on why no such part can be cut."""
        if any(side > whole for side, whole in zip(self.size, self.whole, strict=True)):
            yield f"must be no larger than the pictures, of {both_texts(self.whole)}; got {both_texts(self.size)}."
        elif any(side % step for side, step in zip(self.size, self.grid, strict=True)):
            step = self.grid[0] if self.grid[0] == self.grid[1] else self.grid
            yield f"must be a multiple of {step}, for whole pixels of the source; got {both_texts(self.size)}."

    @property
    def nearest(self) -> HeightWidth:
        """The legal size that is nearest to this one."""
        sides = zip(self.size, self.whole, self.grid, strict=True)
        height, width = (max(round(min(side, whole) / step), 1) * step for side, whole, step in sides)
        return height, width

    def scaled(self, size: HeightWidth) -> HeightWidth:
        """(H, W) of the part of pictures that are (H, W) where these are `whole`."""
        return size[0] * self.size[0] // self.whole[0], size[1] * self.size[1] // self.whole[1]

    def corners(self, draw: Draw, purpose: str) -> list[tuple[int, int]]:
        """The upper left corners (y, x) of the parts, in pixels of `whole`: one draw a sample."""
        here = replace(draw, device=torch.device("cpu"))  # rows are cut one by one: where a device would wait for them
        sides = zip(self.whole, self.size, self.grid, strict=True)
        counts = torch.tensor([(whole - side) // step + 1 for whole, side, step in sides])
        places = (here.uniform(purpose, 2) * counts).long() * torch.tensor(self.grid)
        return [(y, x) for y, x in places.tolist()]

    def cut(self, pictures: Tensor, rows: Tensor, corners: list[tuple[int, int]]) -> Tensor:
        """The parts [N, ..., h, w, C] of these `rows` of `pictures` [count, ..., H, W, C], stored at any scale."""
        stored = (pictures.shape[-3], pictures.shape[-2])
        height, width = self.scaled(stored)
        parts = []
        for row, (y, x) in zip(rows.tolist(), corners, strict=True):
            top, left = y * stored[0] // self.whole[0], x * stored[1] // self.whole[1]
            parts.append(pictures[row, ..., top : top + height, left : left + width, :])
        return torch.stack(parts)
