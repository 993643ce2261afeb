"""What pictures are compared with: a data set's own ones, and a classifier of its labels or a file's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.cli.output import note, progress
from ganstudio.errors import UsageError, quoted
from ganstudio.workspace import Workspace, nearest_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.data.store import DataSet
    from ganstudio.inference.exports import Export
    from ganstudio.inference.latent.classifier import Classifier

FOLDER = "classifiers"  # within exports/, where no export is looked for
_MOST_REAL = 5000


def open_data(name: str, export: Export) -> DataSet:
    """The data set in the size of the export's pictures. Raises UsageError where these have other channels."""
    from ganstudio.data.derived.derived_sets import at_resolution
    from ganstudio.data.obtain import open_set

    channels, height, width = (int(side) for side in export.manifest.image_shape)
    packed = open_set(name, progress(f"packing {name}"))
    manifest = packed.manifest
    if manifest.channels != channels or len(manifest.shape) != 3:
        kinds = {1: "grey", 3: "RGB", 4: "RGBA"}
        told = f"its pictures are {kinds.get(manifest.channels, 'others')}, those of {export.name} {kinds[channels]}"
        raise UsageError(f"--data {name}: {told}.", "ganstudio data list")
    return at_resolution(packed, (height, width), progress(f"deriving {name}"))


def real_pictures(data: DataSet, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Pictures of the data set, evenly spaced in it, [N, *size, C]."""
    from ganstudio.inference.latent.resizing import resized

    images = data.images()
    return resized(images[:: math.ceil(len(images) / _MOST_REAL)], *size)


def classifier_of(
    workspace: Workspace, data: DataSet | None, file: Path | None, value_range: tuple[float, float]
) -> Classifier | None:
    """The classifier in `file`, else the one of the data set's labels, which is trained first; None without labels."""
    from ganstudio.inference.latent.classifier import Classifier

    if file is not None:
        if not file.is_file():
            raise UsageError(f"--from classifier:{file}: there is no such file. {nearest_path(file)}")
        return Classifier.open(file, value_range)
    if data is None or not (len(data.manifest.classes) > 1 or data.manifest.attributes):
        return None
    return Classifier.open(trained_on(workspace, data))


def trained_on(workspace: Workspace, data: DataSet) -> Path:
    """The file of a classifier of the data set's labels; the worker trains it where there is none of this data."""
    from ganstudio.bridge import call_worker
    from ganstudio.inference.latent.classifier import classifier_record

    name = data.manifest.name
    path = workspace.exports / FOLDER / f"{name}.onnx"
    if path.is_file() and classifier_record(path).get("fingerprint") == data.manifest.fingerprint:
        return path
    note(f"Training a small classifier on the labels of {name}, once ...")
    made = call_worker("classifier", str(data.path), str(path))
    told = f"right on {made['accuracy']:.1%} of {made['held_out']:,} held-out pictures"
    note(f"{told}; kept as {quoted(path)}")
    return path
