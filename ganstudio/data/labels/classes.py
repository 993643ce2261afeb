"""Names of classes in their order, and the numbers that stand for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def parse_number(name: str) -> float | None:
    """The number that `name` writes, None where it writes none."""
    return float(name) if _NUMBER.fullmatch(name) else None


def natural_order(name: str) -> tuple[float, tuple[str | int, ...], str]:
    """A key that sorts numbers before words, numbers by value, and words by the numbers in them: Class 2, Class 10."""
    value = parse_number(name)
    if value is not None:
        return (value, (), name)
    parts = re.split(r"([0-9]+)", name)
    return (float("inf"), tuple(int(part) if k % 2 else part for k, part in enumerate(parts)), name)


def number_classes(labels: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The classes that occur in `labels`, in order, and the place among them of each label [N]."""
    import numpy as np

    classes = sorted(set(labels), key=natural_order)
    place = {name: index for index, name in enumerate(classes)}
    return tuple(classes), np.array([place[label] for label in labels], np.int64)


def drop_empty_classes(
    classes: tuple[str, ...], labels: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """`classes` and `labels` [N] without the classes that no image has: nothing could be learned of these."""
    import numpy as np

    found, places = np.unique(labels, return_inverse=True)
    return tuple(classes[k] for k in found), places.reshape(-1).astype(np.int64)
