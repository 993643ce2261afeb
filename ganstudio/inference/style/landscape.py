"""A drawn landscape, for the picture of a style that nobody has named a content for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SKY, _LOW_SKY, _SUN = (70, 120, 190), (235, 215, 190), (250, 225, 120)
_HILLS = ((0.58, 0.07, 1.3, (120, 150, 140)), (0.70, 0.05, 2.1, (80, 120, 80)))  # height, waves, how many, colour
_FIELD = ((150, 160, 70), (110, 130, 60))


def landscape(side: int) -> NDArray[np.uint8]:
    """Pixels uint8 [side, side, 3]: a sky with a sun, two rows of hills and a field of stripes; always the same."""
    y, x = np.mgrid[0:side, 0:side] / side
    high = np.clip(y / 0.6, 0, 1)[..., None]
    page = (1 - high) * np.array(_SKY) + high * np.array(_LOW_SKY)
    page[np.hypot(x - 0.7, y - 0.28) < 0.11] = _SUN
    for top, wave, count, colour in _HILLS:
        page[y > top + wave * np.sin(2 * np.pi * count * x)] = colour
    field = y > 0.8
    stripes = np.floor((x - 0.5) / (y - 0.7).clip(0.02) * 3) % 2 < 1
    page[field & stripes], page[field & ~stripes] = _FIELD
    pixels: NDArray[np.uint8] = np.rint(page).astype(np.uint8)
    return pixels
