"""A plan that is carried out, and what it left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.inference.augmentation.augment import Tally, augment
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination, locked_tally
from ganstudio.inference.augmentation.plan import AugmentationPlan

CLASSES = ("dog", "a/cat")


Place = Callable[[AugmentationPlan], FolderDestination | DataSetDestination]


def fulfil(destination: FolderDestination | DataSetDestination, batches: int | None = None) -> Tally:
    """Everything, or what there is of it after so many batches."""
    left = batches

    def drawing(done: int, total: int) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

    with locked_tally(destination) as done:
        augment(destination.plan, destination, done, "cpu", drawing=drawing)
        destination.finish(done)
    return done


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)
