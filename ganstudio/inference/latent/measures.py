"""Numbers that pixels alone give of a picture: brightness, colours, and the shape of what stands before its background.

Every function takes pixels uint8 [N, H, W, C], C 1, 3 or 4 (with alpha), and returns float64 [N]. The background is
the median of the picture's outermost pixels, or what is transparent; the foreground is what differs from it, by a mask
with soft edges, so that each number changes smoothly while a generator is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError, nearest

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]

# Of the range of a pixel: less is noise of the background, and from the second on it is all foreground.
_BACKGROUND, _FOREGROUND = 0.1, 0.5
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_ROW = 1 / 12  # the variance of a row's own height: keeps the slant of a flat line finite
_CHUNK = 2**24  # numbers that a function holds at a time


def brightness(pixels: Pixels) -> Values:
    """The mean luma, 0 black to 1 white; where a picture is transparent it does not count."""
    rgb, alpha = _colours(pixels)
    return _weighted(rgb @ np.array(_LUMA), alpha)


def saturation(pixels: Pixels) -> Values:
    """The mean distance from grey, the largest of a pixel's colours minus the smallest: 0 to 1."""
    rgb, alpha = _colours(pixels)
    return _weighted(rgb.max(-1) - rgb.min(-1), alpha)


def warmth(pixels: Pixels) -> Values:
    """The mean of red minus blue: 1 where all is red or yellow, -1 where all is blue."""
    rgb, alpha = _colours(pixels)
    return _weighted(rgb[..., 0] - rgb[..., 2], alpha)


def size(pixels: Pixels) -> Values:
    """The share of the picture that is foreground, 0 to 1."""
    found: Values = foreground(pixels).mean((1, 2))
    return found


def slant(pixels: Pixels) -> Values:
    """How far the foreground leans to the right, in pixels across for each pixel upwards; 0 where it stands upright.

    By second moments, as digits are deskewed: the shear that would leave x and y uncorrelated.
    """
    mask = foreground(pixels)
    x, y, total = _centred(mask)
    sideways = (mask * x * y).sum((1, 2)) / total
    upwards = (mask * y * y).sum((1, 2)) / total
    found: Values = -sideways / (upwards + _ROW)
    return found


def thickness(pixels: Pixels) -> Values:
    """The mean width of strokes in pixels: twice the foreground's area over the length of its edge; 0 without one.

    A stroke of length L and width t has the area L t and an edge of 2 L + 2 t, so what is given is t L / (L + t): a
    little less than t, by as much as its two ends count. The edge is the total variation of the mask.
    """
    mask = np.pad(foreground(pixels), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(mask, axis=1)[:, :, :-1], np.diff(mask, axis=2)[:, :-1]
    edge = np.hypot(down, right).sum((1, 2))
    area = mask.sum((1, 2))
    return _ratio(2 * area, edge, least=1)


def balance(pixels: Pixels) -> Values:
    """Where the foreground's centre of mass is, from -0.5, the left edge, over 0, the middle, to 0.5."""
    mask = foreground(pixels)
    width = mask.shape[2]
    across = mask.sum(1)
    total = across.sum(1)
    places = (np.arange(width) + 0.5) / width - 0.5
    return _ratio(across @ places, total)


MEASURES: MappingProxyType[str, Callable[[Pixels], Values]] = MappingProxyType(
    {
        **{"brightness": brightness, "saturation": saturation, "warmth": warmth},
        **{"size": size, "slant": slant, "thickness": thickness, "balance": balance},
    }
)
_OF_COLOUR = ("saturation", "warmth")


def measures_of(channels: int) -> tuple[str, ...]:
    """The names of the measures that pictures of so many channels have: grey ones have no colours."""
    return tuple(name for name in MEASURES if channels > 1 or name not in _OF_COLOUR)


def check_measures(names: Sequence[str], channels: int) -> None:
    """Raises UsageError for a name of no measure, and for one of colours where pictures are grey."""
    for name in names:
        if name not in MEASURES:
            raise UsageError(f"--only {name}: there is no such measure. {nearest(name, measures_of(channels))}")
        if name not in measures_of(channels):
            raise UsageError(f"--only {name}: grey pictures have none. Known: {', '.join(measures_of(channels))}.")


def measured(pixels: Pixels, names: Sequence[str]) -> Values:
    """[N, len(names)] of `pixels`; holds a part of them at a time."""
    step = max(1, _CHUNK // max(1, pixels[:1].size))
    parts = [pixels[start : start + step] for start in range(0, len(pixels), step)]
    columns = [np.concatenate([MEASURES[name](part) for part in parts]) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((len(pixels), 0))


def foreground(pixels: Pixels) -> Values:
    """What stands before the background, [N, H, W] from 0 to 1; alpha itself where pictures are transparent."""
    if pixels.shape[3] == 4:
        return pixels[..., 3] / 255.0
    values = pixels / 255.0
    away = np.abs(values - _background(values)[:, None, None]).max(-1)
    mask: Values = np.clip((away - _BACKGROUND) / (_FOREGROUND - _BACKGROUND), 0.0, 1.0)
    return mask


def _background(values: Values) -> Values:
    """[N, C], the median of the outermost pixels, channel by channel."""
    edge = [values[:, 0], values[:, -1], values[:, 1:-1, 0], values[:, 1:-1, -1]]
    found: Values = np.median(np.concatenate(edge, axis=1), axis=1)
    return found


def _colours(pixels: Pixels) -> tuple[Values, Values]:
    """Red, green and blue [N, H, W, 3] from 0 to 1, and what each pixel counts [N, H, W]."""
    values = pixels / 255.0
    if pixels.shape[3] == 4:
        return values[..., :3], values[..., 3]
    rgb = np.broadcast_to(values, (*values.shape[:3], 3))
    return rgb, np.ones(values.shape[:3])


def _weighted(values: Values, weights: Values) -> Values:
    return _ratio((values * weights).sum((1, 2)), weights.sum((1, 2)))


def _ratio(part: Values, whole: Values, least: float = 0.0) -> Values:
    """`part` / `whole`, 0 where the whole is `least` or less."""
    found: Values = np.divide(part, whole, out=np.zeros_like(whole), where=whole > least)
    return found


def _centred(mask: Values) -> tuple[Values, Values, Values]:
    """Columns [N, 1, W] and rows [N, H, 1] counted from the centre of mass, and the mass [N]; 1 where there is none."""
    total = mask.sum((1, 2))
    total = np.where(total > 0, total, 1.0)
    columns, rows = np.arange(mask.shape[2], dtype=float), np.arange(mask.shape[1], dtype=float)
    x = columns - (mask.sum(1) @ columns / total)[:, None]
    y = rows - (mask.sum(2) @ rows / total)[:, None]
    return x[:, None, :], y[:, :, None], total
