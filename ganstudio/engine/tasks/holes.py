"""Holes in pictures, made for a task that fills them: boxes, and strokes of a brush.

Every one is a pure function of a draw. Strokes are lines from corner to corner, as in algorithm 1 of Yu et al. 2019
(arXiv:1806.03589), but for the angles, each of which is drawn by itself.
"""

from __future__ import annotations

import math
from typing import Literal, assert_never

import torch
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.units import HeightWidth

STEPS = 5  # of a stroke at most, and two at least
BRUSH = 0.25  # of a step's length that the brush is wide
THINNEST = 1.5  # pixels: such a brush covers the middle of a pixel wherever it is


def holes(
    draw: Draw, size: HeightWidth, kind: Literal["boxes", "strokes", "both"], share: tuple[float, float]
) -> Tensor:
    """[N, 1, H, W], 1 in the hole and 0 around it. No hole is empty.

    `share` is the least and largest side of a box, and step of a stroke, as a share of the picture's.
    """
    match kind:
        case "boxes":
            return _boxes(draw, size, share)
        case "strokes":
            return _strokes(draw, size, share)
        case "both":
            chosen = draw.uniform("holes/kind") < 0.5
            return torch.where(chosen[:, None, None, None], _boxes(draw, size, share), _strokes(draw, size, share))
        case unreachable:
            assert_never(unreachable)


def _boxes(draw: Draw, size: HeightWidth, share: tuple[float, float]) -> Tensor:
    drawn = draw.uniform("holes/boxes", 4)
    inside = []
    for axis, side in enumerate(size):
        length = ((share[0] + (share[1] - share[0]) * drawn[:, axis]) * side).round().clamp(1, side)
        start = (drawn[:, 2 + axis] * (side - length + 1)).floor()
        places = torch.arange(side, device=drawn.device)
        inside.append((places >= start[:, None]) & (places < (start + length)[:, None]))
    rows, columns = inside
    return (rows[:, :, None] & columns[:, None, :])[:, None].float()


def _strokes(draw: Draw, size: HeightWidth, share: tuple[float, float]) -> Tensor:
    short = min(size)
    drawn = draw.uniform("holes/strokes", 4 + 2 * STEPS)
    largest = torch.tensor([side - 1.0 for side in size], device=drawn.device)
    corner = drawn[:, :2] * largest
    count = 2 + (drawn[:, 2] * (STEPS - 1)).floor()
    lengths = short * (share[0] + (share[1] - share[0]) * drawn[:, 4 : 4 + STEPS])
    radius = (BRUSH / 2 * short * (share[0] + (share[1] - share[0]) * drawn[:, 3])).clamp_min(THINNEST / 2)
    angles = 2 * math.pi * drawn[:, 4 + STEPS :]
    nearest = torch.full((len(drawn), *size), math.inf, device=drawn.device)
    for step in range(STEPS):
        way = lengths[:, step, None] * torch.stack([angles[:, step].sin(), angles[:, step].cos()], 1)
        following = (corner + way).clamp_min(0).minimum(largest)
        distance = _distance(corner, following, size)
        nearest = torch.where((step < count)[:, None, None], nearest.minimum(distance), nearest)
        corner = following
    return (nearest <= radius[:, None, None])[:, None].float()


def _distance(begin: Tensor, end: Tensor, size: HeightWidth) -> Tensor:
    """[N, H, W], pixels from each place to the lines from `begin` [N, 2] to `end`, as (y, x)."""
    places = torch.stack(
        torch.meshgrid(*(torch.arange(side, device=begin.device) for side in size), indexing="ij"), 2
    ).float()
    way, away = (end - begin)[:, None, None], places - begin[:, None, None]
    along = ((away * way).sum(3) / way.square().sum(3).clamp_min(1e-6)).clamp(0, 1)
    return (away - along[..., None] * way).norm(dim=3)
