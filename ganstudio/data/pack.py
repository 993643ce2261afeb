"""A folder of images into a packed data set."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from ganstudio.data.decode import Fit, Glance, Look, Unreadable, decode, glance
from ganstudio.data.manifest import Manifest, Packing, Skipped
from ganstudio.data.parallel import Crew, cores
from ganstudio.data.readers import Listing, Picture, list_folder
from ganstudio.data.staging import PixelWriter, publish, seal, staging
from ganstudio.data.store import DataSet, Progress, check_name, free_name, list_sets, silent, taken
from ganstudio.errors import DataError, UsageError
from ganstudio.workspace import data_home

SMALLEST, LARGEST = 8, 4096  # --size
DEFAULT_LARGEST = 256
_GLANCES = 256  # files a task
_DECODES = 16
_FEW_BYTES = 2_000_000  # below, starting processes takes longer than the work

Mode = Literal["rgb", "gray"]
Labels = Literal["folders", "none"]
T = TypeVar("T")


def add(
    path: Path,
    name: str | None = None,
    *,
    size: int | None = None,
    fit: Fit = "crop",
    mode: Mode | None = None,
    background: str = "white",
    labels: Labels = "folders",
    strict: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
) -> DataSet:
    """The images under `path`, packed as `name` (the folder's own name unless given).

    `size` is the side in pixels, else `default_size` of the images found; `mode` is gray where every image is grey,
    unless given; alpha is laid over `background`. Classes are the sub-folders' names, sorted; where images lie in
    the folder itself there are none. With `strict`, one file that cannot be read is an error.

    Raises:
        DataError: no folder, no image in it, or a skipped file where `strict`.
        UsageError: an option out of range, or a name that is taken.
        StudioError: the data directory cannot be written, or is full.
    """
    ...
