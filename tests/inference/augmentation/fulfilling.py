"""A plan that is carried out, and what it left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.inference.augmentation.augment import Done, augment
from ganstudio.inference.augmentation.destinations import Folder, Packed, claimed
from ganstudio.inference.augmentation.plan import Plan

CLASSES = ("dog", "a/cat")


Place = Callable[[Plan], Folder | Packed]


def fulfil(destination: Folder | Packed, batches: int | None = None) -> Done:
    """Everything, or what there is of it after so many batches."""
    left = batches

    def drawing(done: int, total: int) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

    with claimed(destination) as done:
        augment(destination.plan, destination, done, "cpu", drawing=drawing)
        destination.finish(done)
    return done


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)
