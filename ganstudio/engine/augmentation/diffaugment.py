"""Differentiable augmentation, Zhao et al. 2020 (arXiv:2006.10738, section 3.2), each change with chance p a sample.

Color: brightness by U(-0.5, 0.5), saturation by U(0, 2), contrast by U(0.5, 1.5). Translation: by up to an eighth of
the side, zeros enter. Cutout: a square of half the side becomes zero. Every change can be differentiated twice. All
frames of a clip, and all slices of a voxel grid, are changed alike. Alpha moves and is cut out with the colours, which
alone are coloured anew. The changes of ADA's pipe have chances within them: see ada.py.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganstudio.engine.augmentation import ada
from ganstudio.engine.draws import Draw, per_sample


def augment(images: Tensor, policy: tuple[str, ...], p: float, draw: Draw, purpose: str) -> Tensor:
    """Changed `images` [N, C, *size]; the same draw and purpose change other images in the same way."""
    if p <= 0.0:
        return images
    for name in policy:
        key = f"{purpose}/{name}"
        if name in _ADA:
            images = _ADA[name](images, p, draw, key)
            continue
        applied = draw.uniform(f"{key}/applied") < p
        changed = _CHANGES[name](images, draw.uniform(key, 3))
        images = torch.where(per_sample(applied, images), changed, images)
    return images


def _framewise(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """A change of planes, made on all planes of a clip or a grid at once: they pass as channels."""

    def changed(images: Tensor, amounts: Tensor) -> Tensor:
        return change(images.flatten(1, -3), amounts).view_as(images)

    return changed


def _color(images: Tensor, amounts: Tensor) -> Tensor:
    if images.shape[1] == 4:  # alpha is no colour
        return torch.cat([_color(images[:, :3], amounts), images[:, 3:]], 1)
    brightness, saturation, contrast = (per_sample(a, images) for a in amounts.unbind(1))
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (2 * saturation)
    mean = images.mean(tuple(range(1, images.dim())), keepdim=True)
    return mean + (images - mean) * (contrast + 0.5)


def _translation(images: Tensor, amounts: Tensor) -> Tensor:
    down, right = (_shift(a, size) for a, size in zip(amounts.unbind(1), images.shape[2:], strict=False))
    n, _, height, width = images.shape
    rows = torch.arange(height, device=images.device) - down[:, None]
    columns = torch.arange(width, device=images.device) - right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[:, None, None, :]
    sample = torch.arange(n, device=images.device)[:, None, None]
    moved = images.permute(0, 2, 3, 1)[
        sample, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]
    ]
    return moved.permute(0, 3, 1, 2) * inside


def _shift(amount: Tensor, size: int) -> Tensor:
    most = max(size // 8, 1)
    return (amount * (2 * most + 1)).floor().long() - most


def _cutout(images: Tensor, amounts: Tensor) -> Tensor:
    inside = []
    for amount, size in zip(amounts.unbind(1), images.shape[2:], strict=False):
        offset = torch.arange(size, device=images.device) - (amount * size).floor()[:, None]
        inside.append((offset >= -(size // 4)) & (offset < size // 4))
    return images * ~(inside[0][:, None, :, None] & inside[1][:, None, None, :])


_CHANGES = {"color": _color, "translation": _framewise(_translation), "cutout": _framewise(_cutout)}
_ADA = {"blit": ada.blit, "geometry": ada.geometry, "ada_color": ada.color}
