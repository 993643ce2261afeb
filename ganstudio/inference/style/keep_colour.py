"""A painted picture in the colours of its content: the content's chroma, the painting's light and dark.

Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer" (arXiv:1606.05897), section 4. There the style's
luminance is matched to the content's before the transfer; here the painting's mean luminance is, after it, so that a
style that is saved as statistics, without its picture, can be used as well, and so that the figure holds that this is
measured by: the mean colour moves by MOST_LEVELS at most. Section 3, which recolours the style picture instead, holds
no figure: the network is not bound to the colours of its style.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.images.giant import let_go

MOST_LEVELS = 4.0  # of 255, that the mean of a channel moves by
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, whose chroma is colour minus luma
_ROUNDS = 6  # to find the shift of luminance: what is cut off at black and white moves the mean
_NEAR = 0.25  # levels that the mean of luminance may be off
_STRIP = 256  # rows at a time

Pixels = NDArray[np.uint8]


def keep_colours(painted: Pixels, content: Pixels, visible: NDArray[np.bool_] | None = None) -> float:
    """Gives `painted` uint8 [H, W, 3] the colours of `content`, in place; how much of the change shows, 1 for all.

    Means are over what is `visible` [H, W], or all. Less than all shows where colours are so strong that much of a
    change would be cut off at black and white, which would move the mean colour.
    """
    shift, moved = 0.0, np.zeros(3)
    for _ in range(_ROUNDS):
        total, count = np.zeros(3), 0
        for rows, seen in _strips(len(painted), visible):
            change = _recoloured(painted[rows], content[rows], shift) - content[rows]
            change = change if seen is None else change[seen]
            total += change.reshape(-1, 3).sum(0, np.float64)
            count += change.size // 3
        moved = total / max(count, 1)
        off = float(moved @ _LUMA)
        if abs(off) <= _NEAR:
            break
        shift -= off
    share = min(1.0, MOST_LEVELS / max(float(np.abs(moved).max()), 1e-9))
    for rows, _ in _strips(len(painted), visible):
        own = content[rows].astype(np.float32)
        painted[rows] = np.rint(own + np.float32(share) * (_recoloured(painted[rows], content[rows], shift) - own))
        let_go(painted)
    return share


def _recoloured(painted: Pixels, content: Pixels, shift: float) -> NDArray[np.float32]:
    """The content's chroma at the painted luminance and `shift`, cut to 0 to 255."""
    change = (painted.astype(np.float32) - content) @ _LUMA + np.float32(shift)
    return np.clip(content + change[..., None], 0, 255)


def _strips(height: int, visible: NDArray[np.bool_] | None) -> Iterator[tuple[slice, NDArray[np.bool_] | None]]:
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        yield rows, None if visible is None else visible[rows]
