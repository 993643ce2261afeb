"""What the numbers of an array mean as brightness, by their kind and the range that they fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import DataError

Blocks = Callable[[], Iterator[NDArray[Any]]]
Scaling = Callable[[NDArray[Any]], NDArray[np.uint8]]

TOLERANCE = 0.01  # of a range, that rounding and resizing may go beyond it
_BRIGHT = 16  # fractions that end between 1 and this are of none of the ranges
_DARK = 32  # of 255: where nothing is brighter, another range may have been meant
_WORDS = 65535


def bytes_of(raw: Blocks, dtype: np.dtype[Any], path: Path) -> tuple[Scaling, tuple[str, ...]]:
    """A function that converts the numbers of `raw` to bytes, and a note where that may not be what was meant.

    bool reaches from 0 to 1; floats from 0 or -1 to 1 or, as integers do, from 0 to 255; integers that are 0 and 1
    alone are black and white, and 16-bit ones beyond 255 reach to 65535. Raises DataError for any other range, and
    where a number is none.
    """
    if dtype == np.uint8 and next(raw()).max() >= _DARK:
        return lambda rows: rows, ()
    low, high, whole = _extent(raw, dtype, path)
    signed = low < (-TOLERANCE if dtype.kind == "f" else 0)
    if high <= 1 + TOLERANCE * (1 + signed):
        if low < -1 - 2 * TOLERANCE:
            raise _no_range_error(low, high, path)
        binary = "Its numbers are 0 and 1 alone and are read as black and white."
        return _linear(-1.0 if signed else 0.0, 1.0), (binary,) if dtype.kind in "ui" and low == 0 < high else ()
    if dtype.kind == "u" and dtype.itemsize == 2 and high > 255:
        note = f"Its 16-bit numbers go up to {high:.0f} and are read as 0 to {_WORDS}, black to white."
        return _linear(0.0, float(_WORDS)), (note,)
    if low < -TOLERANCE * 255 or high > 255 * (1 + TOLERANCE) or (not whole and high < _BRIGHT):
        raise _no_range_error(low, high, path)
    dark = f"Its numbers go from {low:g} to {high:g} and are read as 0 to 255: the pictures are dark."
    return _linear(0.0, 255.0), (dark,) if high < _DARK else ()


def _linear(start: float, top: float) -> Scaling:
    scale = 255 / (top - start)
    return lambda rows: np.rint(((rows.astype(np.float64) - start) * scale).clip(0, 255)).astype(np.uint8)


def _extent(raw: Blocks, dtype: np.dtype[Any], path: Path) -> tuple[float, float, bool]:
    """The least and the largest number, and whether all are whole. Raises DataError for NaN and infinity."""
    low, high, whole = float("inf"), float("-inf"), True
    for rows in raw():
        if dtype.kind == "f":
            if not np.isfinite(rows).all():
                raise DataError(
                    f"{path}: some of its numbers are NaN or infinite.", hint="Save np.nan_to_num(images) instead"
                )
            whole = whole and bool((rows == np.rint(rows)).all())
        low, high = min(low, float(rows.min())), max(high, float(rows.max()))
    return low, high, whole


def _no_range_error(low: float, high: float, path: Path) -> DataError:
    return DataError(
        f"{path}: its numbers go from {low:g} to {high:g}; images reach from 0 or -1 to 1, or to 255.",
        hint="Save (images - images.min()) / (images.max() - images.min()) instead",
    )
