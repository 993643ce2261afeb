"""What `--compare` writes: a picture, and beside it what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.source import Location
from ganstudio.data.whole_picture import read_whole
from ganstudio.errors import DataError
from ganstudio.inference.images.channels import in_colour
from ganstudio.inference.images.jobs import Job
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.pictures import Carried, picture
from ganstudio.inference.provenance import words_of_made
from ganstudio.workspace import write_atomic


def write_comparison(job: Job, columns: Sequence[NDArray[np.uint8]], model: ImageModel, key: str) -> None:
    """Writes pixels [H, W, 1 or 3] of one height beside each other, as `NAME-compare.png`."""
    words = words_of_made(model.path.stem, model.manifest.sha256, key)
    row = np.concatenate([in_colour(one) for one in columns], 1)
    write_atomic(job.beside("compare"), picture(row, words, "png", Carried()))


def colours_in(path: Path) -> NDArray[np.uint8]:
    """The colours [H, W, 1 or 3] of the picture in a file, as its numbers are. Raises DataError where it is none."""
    try:
        return read_whole(Location(str(path)), False).colours
    except UnreadableError as error:
        raise DataError(f"{path}: {error}.") from None
