"""One picture to work on: of a file, or one that a run's training never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.run_data import open_run_data
from ganstudio.data.sources.source import Location
from ganstudio.data.store import DataSet
from ganstudio.data.whole_picture import WholePicture, read_whole
from ganstudio.errors import DataError, StudioError, UsageError
from ganstudio.inference.images.model import ImageModel, kind_of
from ganstudio.inference.manifest import ExportManifest
from ganstudio.inference.run_exports import run_folder
from ganstudio.runs.record import NAME, RunRecord, load_record
from ganstudio.runs.state import current
from ganstudio.units import HeightWidth, size_at
from ganstudio.workspace import Workspace, is_name


@dataclass(frozen=True, eq=False)
class Subject:
    """`path` is None of a picture of a data set; `words` say where it is from, `name` is what its files are called."""

    picture: WholePicture
    name: str
    words: str
    path: Path | None = None


def read_subject(path: Path, model: ImageModel) -> Subject:
    """The picture in a file, in the colours that the model's command reads. Raises UsageError where there is none."""
    try:
        picture = read_whole(Location(str(path)), srgb=kind_of(model.manifest) in ("translate", "stylize"))
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    return Subject(picture, path.stem, path.name, path)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Pictures of a run's data set that its training never saw, as the model of that run is given them."""

    data: DataSet
    rows: tuple[int, ...]
    size: HeightWidth  # that the training sees whole pictures in

    def subject(self, place: int, model: ImageModel) -> Subject:
        """One of them, counted round: the source of a pair; for super-resolution made small by bicubic."""
        row = self.rows[place % len(self.rows)]
        manifest, stored = self.data.manifest, self.data.images()
        pixels, size = np.asarray(stored[row]), self.size
        words = f"{manifest.name}, picture {row}, held out"
        sources = self.data.sources() if manifest.source_shape and model.manifest.task == "paired" else None
        if sources is not None:
            pixels = np.asarray(sources[row])
            size = (pixels.shape[0] * size[0] // stored.shape[1], pixels.shape[1] * size[1] // stored.shape[2])
        elif self._labels is not None:
            words += f" ({manifest.classes[int(self._labels[row])]})"
        pixels = _resized(pixels, size, Image.Resampling.BOX)
        if (scale := model.scale) > 1:
            height, width = (side // scale for side in size)
            cut = pixels[: height * scale, : width * scale]
            pixels = _resized(cut, (height, width), Image.Resampling.BICUBIC)
            words += f", 1/{scale} of its size"
        alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
        picture = WholePicture(np.ascontiguousarray(pixels[..., :3]), alpha)
        return Subject(picture, f"{manifest.name}-{row}", words)

    @property
    def _labels(self) -> NDArray[np.int64] | None:
        labels = self.data.labels()
        return labels if labels is not None and labels.ndim == 1 else None


def held_out(workspace: Workspace, manifest: ExportManifest) -> HeldOut | None:
    """The held-out pictures of the run that a model is of; None where run or data are gone, or too old to say."""
    folder = run_folder(workspace, manifest.run) if manifest.run and is_name(manifest.run) else None
    if folder is None:
        return None
    try:
        record = load_record(folder / NAME)
        if manifest.run_created not in (None, record.created):
            return None
        rows = tuple(map(int, current(folder)[0].data_seen.get("held_rows", ())))
        data = open_run_data(record.data, record.id) if rows else None
    except (StudioError, DataError, TypeError, ValueError):
        return None
    if data is None or len(data.manifest.shape) != 3 or max(rows) >= data.manifest.count:
        return None
    return HeldOut(data, rows, _seen(record, data))


def _seen(record: RunRecord, data: DataSet) -> HeightWidth:
    """(H, W) that whole pictures are brought to for the run."""
    choice = record.recipe.get("data", {}).get("resolution")
    if not isinstance(choice, int | list):
        return data.manifest.size
    resolution = choice if isinstance(choice, int) else (int(choice[0]), int(choice[1]))
    height, width = size_at("HWC", None, data.manifest.size, resolution)
    return height, width


def _resized(pixels: NDArray[np.uint8], size: HeightWidth, by: Image.Resampling) -> NDArray[np.uint8]:
    """Pixels [*size, C]; RGBA is resized as what can be seen."""
    if pixels.shape[:2] == size:
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    resized = np.asarray(image.resize((size[1], size[0]), by))
    return resized.reshape(*size, -1)
