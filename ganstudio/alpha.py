"""What becomes of transparency: hidden colours are black; pictures are laid over grey, white or a checkerboard."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

GREY = 128  # what scores lay transparent pictures over
WHITE = 255  # what files that hold no transparency, such as JPEG, are laid over
CHECKS = (204, 255)  # greys of a checkerboard
CHECK_SIDE = 4  # pixels


def black_where_clear(pixels: Pixels) -> Pixels:
    """`pixels` [..., C]; of RGBA with black where nothing can be seen, so that no hidden colour is learned."""
    if pixels.shape[-1] != 4:
        return pixels
    return pixels * (pixels[..., 3:] > 0)


def over(pixels: Pixels, ground: int | NDArray[Any]) -> Pixels:
    """RGB [..., H, W, 3] of RGBA pixels laid over `ground`, a grey or greys that broadcast to [..., H, W, 1].

    Pixels without alpha are as they were. Rounded to the nearest level.
    """
    if pixels.shape[-1] != 4:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint32)
    mixed = pixels[..., :3] * alpha + np.asarray(ground, np.uint32) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def over_checkerboard(pixels: Pixels) -> Pixels:
    """RGB of RGBA pixels [..., H, W, 4] on a checkerboard, so that what is clear shows as such; others as they were."""
    if pixels.shape[-1] != 4:
        return pixels
    height, width = pixels.shape[-3:-1]
    rows, columns = np.arange(height)[:, None] // CHECK_SIDE, np.arange(width) // CHECK_SIDE
    return over(pixels, np.where((rows + columns) % 2, *CHECKS)[..., None])
