"""The pipe of adaptive discriminator augmentation, Karras et al. 2020 (arXiv:2006.06676, appendix B), in three parts.

`blit` moves whole pixels: mirroring, quarter turns, shifts by up to an eighth of a side. `geometry` scales, turns and
shifts by parts of pixels. `ada_color` changes brightness, contrast, luma, hue and saturation. Every change has a chance
of its own to be applied to a sample, and all can be differentiated twice. Beyond its edges an image is its reflection.

Differences from the authors' code: whole pixels are moved without any filter, and what `geometry` resamples is filtered
by a Lanczos kernel of twelve pixels in the place of the sym6 wavelet. Images that are no squares get half turns alone.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.draws import Draw, per_sample
from ganstudio.engine.layers.resample import Downsample, Kernel, Upsample

SHIFT = 1 / 8  # of a side: the most that whole pixels are moved, and the deviation of shifts by parts of one
SCALE, BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.2, 0.5, 1.0  # deviations, of scales in powers of two


def _lanczos(reach: int = 3) -> Kernel:
    """A low-pass filter for twice the resolution: sinc(x) sinc(x / reach) at the places halfway between pixels."""
    places = [(k + 0.5) / 2 for k in range(-2 * reach, 2 * reach)]
    return tuple(
        math.sin(math.pi * x) / (math.pi * x) * math.sin(math.pi * x / reach) / (math.pi * x / reach) for x in places
    )


_KERNEL = _lanczos()
_REACH = len(_KERNEL) // 4  # pixels that a filter looks at beyond an edge; twice as many at twice the resolution


def blit(images: Tensor, p: float, draw: Draw, key: str) -> Tensor:
    """`images` [N, C, H, W], each mirrored, turned by quarters and shifted by whole pixels, each with chance p."""
    flips = _applied(draw, f"{key}/mirror", p) & (draw.uniform(f"{key}/mirror/side") < 0.5)
    images = torch.where(per_sample(flips, images), images.flip(3), images)
    square = images.shape[2] == images.shape[3]
    turns = draw.integers(f"{key}/turn/quarters", 4 if square else 2) * (1 if square else 2)
    turns = turns * _applied(draw, f"{key}/turn", p)
    original = images
    for quarters in (1, 2, 3) if square else (2,):
        turned = original.rot90(quarters, (2, 3))
        images = torch.where(per_sample(turns == quarters, images), turned, images)
    shares = (2 * draw.uniform(f"{key}/shift/amount", 2) - 1) * SHIFT
    moves = shares * _applied(draw, f"{key}/shift", p)[:, None]
    return _moved(
        images, *((share * side).round().long() for share, side in zip(moves.unbind(1), images.shape[2:], strict=True))
    )


def geometry(images: Tensor, p: float, draw: Draw, key: str) -> Tensor:
    """`images` [N, C, H, W], each scaled, turned, stretched, turned again and shifted, each with its chance.

    The chance of either turn is such that one of the two is applied with chance p.
    """
    matrix = torch.eye(3, device=images.device).repeat(len(images), 1, 1)
    size = 2 ** (SCALE * draw.normal(f"{key}/size/amount"))
    matrix = _where(_applied(draw, f"{key}/size", p), _diagonal(size, size)) @ matrix
    turn_p = 1 - math.sqrt(1 - p)
    first = (2 * draw.uniform(f"{key}/turn before/angle") - 1) * math.pi
    matrix = _where(_applied(draw, f"{key}/turn before", turn_p), _rotation(first)) @ matrix
    stretch = 2 ** (SCALE * draw.normal(f"{key}/stretch/amount"))
    matrix = _where(_applied(draw, f"{key}/stretch", p), _diagonal(stretch, 1 / stretch)) @ matrix
    second = (2 * draw.uniform(f"{key}/turn after/angle") - 1) * math.pi
    matrix = _where(_applied(draw, f"{key}/turn after", turn_p), _rotation(second)) @ matrix
    height, width = images.shape[2:]
    across, down = (SHIFT * draw.normal(f"{key}/shift/amount", 2)).unbind(1)
    matrix = _where(_applied(draw, f"{key}/shift", p), _translation(across * width, down * height)) @ matrix
    changed = (matrix != torch.eye(3, device=images.device)).flatten(1).any(1).nonzero().flatten()
    if not len(changed):
        return images
    return images.index_copy(0, changed, _resampled(images[changed], matrix[changed]).to(images.dtype))


def color(images: Tensor, p: float, draw: Draw, key: str) -> Tensor:
    """`images` [N, C, H, W] in [-1, 1] with other colours; alpha stays. Grey ones change in brightness and contrast."""
    if images.shape[1] == 4:  # alpha is no colour
        return torch.cat([color(images[:, :3], p, draw, key), images[:, 3:]], 1)
    axis = torch.full((3,), 1 / math.sqrt(3), device=images.device)
    along = axis[:, None] * axis
    across = torch.eye(3, device=images.device) - along
    matrix = torch.eye(3, device=images.device).repeat(len(images), 1, 1)
    offset = BRIGHTNESS * draw.normal(f"{key}/brightness/amount") * _applied(draw, f"{key}/brightness", p)
    contrast = 2 ** (CONTRAST * draw.normal(f"{key}/contrast/amount"))
    contrast = torch.where(_applied(draw, f"{key}/contrast", p), contrast, 1.0)
    inverted = _applied(draw, f"{key}/luma", p) & (draw.uniform(f"{key}/luma/side") < 0.5)
    matrix = (matrix - 2 * along * inverted[:, None, None]) * contrast[:, None, None]
    offset = offset * contrast * (1 - 2 * inverted.float())  # grey is along the axis, which inversion turns round
    if images.shape[1] == 1:
        # of three equal channels, the mean of what becomes of them
        return images * per_sample(matrix.sum((1, 2)) / 3, images) + per_sample(offset, images)
    angle = (2 * draw.uniform(f"{key}/hue/angle") - 1) * math.pi * _applied(draw, f"{key}/hue", p)
    saturation = 2 ** (SATURATION * draw.normal(f"{key}/saturation/amount"))
    saturation = torch.where(_applied(draw, f"{key}/saturation", p), saturation, 1.0)
    matrix = _hue(angle, axis) @ matrix
    matrix = (along + across * saturation[:, None, None]) @ matrix
    changed = matrix.to(images.dtype) @ images.flatten(2)
    return changed.view_as(images) + per_sample(offset.to(images.dtype), images)


def _applied(draw: Draw, key: str, p: float) -> Tensor:
    return draw.uniform(f"{key}/applied") < p


def _moved(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """`images` shifted by whole pixels, [N] each, their reflection entering."""
    n, _, height, width = images.shape
    rows = _reflected(torch.arange(height, device=images.device) - down[:, None], height)
    columns = _reflected(torch.arange(width, device=images.device) - right[:, None], width)
    sample = torch.arange(n, device=images.device)[:, None, None]
    return images.permute(0, 2, 3, 1)[sample, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _reflected(places: Tensor, size: int) -> Tensor:
    return (size - 1) - ((size - 1) - places.abs()).abs()


def _resampled(images: Tensor, matrix: Tensor) -> Tensor:
    """What `matrix` [N, 3, 3] makes of `images`: it moves places (x, y, 1) in pixels from an image's middle."""
    height, width = images.shape[2:]
    scale = torch.tensor([width / 2, height / 2, 1.0], device=images.device)
    theta = torch.linalg.inv(matrix) * scale / scale[:, None]
    beyond = 2 * _REACH
    finer = Upsample(_KERNEL).to(images.device)(F.pad(images.float(), (_REACH,) * 4, mode="reflect"))
    finer = finer[:, :, beyond:-beyond, beyond:-beyond]
    places = F.affine_grid(theta[:, :2], list(finer.shape), align_corners=False)
    moved = F.grid_sample(finer, places, padding_mode="reflection", align_corners=False)
    coarser = Downsample(_KERNEL).to(images.device)(F.pad(moved, (beyond,) * 4, mode="reflect"))
    return coarser[:, :, _REACH:-_REACH, _REACH:-_REACH]


def _where(applied: Tensor, matrix: Tensor) -> Tensor:
    return torch.where(applied[:, None, None], matrix, torch.eye(3, device=matrix.device))


def _matrix(rows: list[list[Tensor]]) -> Tensor:
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _diagonal(x: Tensor, y: Tensor) -> Tensor:
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([[x, zero, zero], [zero, y, zero], [zero, zero, one]])


def _rotation(angle: Tensor) -> Tensor:
    zero, one, cos, sin = torch.zeros_like(angle), torch.ones_like(angle), angle.cos(), angle.sin()
    return _matrix([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])


def _translation(x: Tensor, y: Tensor) -> Tensor:
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([[one, zero, x], [zero, one, y], [zero, zero, one]])


def _hue(angle: Tensor, axis: Tensor) -> Tensor:
    """Rotations [N, 3, 3] of colours about the grey `axis` (Rodrigues' formula)."""
    x, y, z = axis.unbind()
    zero = torch.zeros_like(x)
    cross = _matrix([[zero, -z, y], [z, zero, -x], [-y, x, zero]])
    along, one = axis[:, None] * axis, torch.eye(3, device=axis.device)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    return cos * one + sin * cross + (1 - cos) * along
