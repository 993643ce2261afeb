"""The images that a model was trained on, where they are here, and which of them are nearest to a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.run_data import open_run_data
from ganstudio.data.store import DataSet
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.augmentation.novelty import QUANTILE, Novelty, thumbnails
from ganstudio.inference.manifest import ExportManifest
from ganstudio.inference.run_exports import run_folder
from ganstudio.runs.record import NAME, load_record
from ganstudio.workspace import Workspace, is_name

_COMPARED = 256  # real images whose nearest neighbour is looked for, to have something to compare with
_NO_LIMIT = (0.0,)  # a class's limit is not asked for here, and takes seconds to measure

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A training image [H, W, C]: its row, how far it is in grey levels, its class where there are some."""

    row: int
    distance: float
    class_name: str
    pixels: Pixels


def training_data(workspace: Workspace, manifest: ExportManifest) -> DataSet:
    """The data set that a model was trained on. Raises UsageError where its run, or the data, is not here."""
    run = manifest.run
    folder = run_folder(workspace, run) if run and is_name(run) else None
    if folder is None:
        raise UsageError(f"The run {run} is not in this workspace." if run else "The model is of no run of ours.")
    try:
        record = load_record(folder / NAME)
        if manifest.run_created not in (None, record.created):
            raise UsageError(f"The run {run} of this workspace is another than the model was made of.")
        path = Path(str(record.data.get("path", "")))
        if not path.exists():  # opening it would pack it anew
            raise UsageError(f"Its data set {record.data.get('name')} is not here any more.")
        data = open_run_data(record.data, record.id)
    except UsageError:
        raise
    except (StudioError, TypeError, ValueError) as error:
        raise UsageError(
            error.message if isinstance(error, StudioError) else f"Its run cannot be read: {error}."
        ) from None
    if len(data.manifest.shape) != 3:
        raise UsageError("Clips and voxel grids are not compared.")
    return data


class TrainingImages:
    """A data set's images, to be searched by thumbnails of 16 x 16 grey pixels: see novelty.py for what that misses.

    `nearer_than` is the distance that 1 % of real images have another within, `half` the median.
    """

    def __init__(self, data: DataSet, scratch: Path) -> None:
        self.name = data.manifest.name
        self._images, self._labels, self._classes = data.images(), data.labels(), data.manifest.classes
        self._novelty = Novelty(data, scratch, _NO_LIMIT)
        between = self._novelty.between_real(_COMPARED)
        self.nearer_than, self.half = (
            float(np.quantile(between, at)) if len(between) else 0.0 for at in (QUANTILE, 0.5)
        )

    def __len__(self) -> int:
        return len(self._images)

    def nearest(self, pixels: Pixels, count: int) -> list[Neighbour]:
        """The `count` training images that are nearest to a picture [H, W, C], the nearest first."""
        rows, distances = self._novelty.nearest(thumbnails(pixels[None]), count)
        return [
            Neighbour(row, distance, self._class_of(row), np.array(self._images[row]))
            for row, distance in zip(rows[0].tolist(), distances[0].tolist(), strict=True)
        ]

    def _class_of(self, row: int) -> str:
        return "" if self._labels is None else self._classes[int(self._labels[row])]
