"""The synthetic images of a finished augmentation, read back: from the folder or the packed data set that it made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.store import DataSet
from ganstudio.errors import DataError
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination, read_document


class Synthetic(Protocol):
    """Images that are read as they are asked for; `labels` is the class of each, [N], as the real data counts them."""

    labels: NDArray[np.int64]

    def read(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Pixels [n, H, W, C]."""


class _InFolder:
    def __init__(self, root: Path, folders: Sequence[str]) -> None:
        self._root, self._folders = root, folders
        self._files = [sorted(_synthetic_files(root / folder)) for folder in folders]
        counts = [len(files) for files in self._files]
        self._first = np.cumsum([0, *counts[:-1]])
        self.labels = np.repeat(np.arange(len(folders)), counts).astype(np.int64)

    def read(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        pictures = []
        for row in rows:
            label = self.labels[row]
            file = self._root / self._folders[label] / self._files[label][row - self._first[label]]
            with Image.open(file) as image:
                pixels = np.asarray(image)
            pictures.append(pixels.reshape(*pixels.shape[:2], -1))
        return np.stack(pictures)


class _InDataSet:
    def __init__(self, data: DataSet) -> None:
        self._images = data.images()[-data.manifest.synthetic :]
        labels = data.labels()
        count = len(self._images)
        self.labels = np.zeros(count, np.int64) if labels is None else labels[-count:]

    def read(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        return np.asarray(self._images[np.asarray(rows)])


def open_synthetic(path: Path, data: DataSet) -> Synthetic:
    """The synthetic images at `path`, made for `data`. Raises DataError where there are none, or for other data."""
    document = read_document(path / DataSetDestination.NAME) or read_document(path / FolderDestination.NAME)
    if document is None or not document["complete"]:
        raise DataError(f"{path}: holds no finished augmentation.", hint="ganstudio augment --help")
    if document["asked"]["fingerprint"] != data.manifest.fingerprint:
        raise DataError(f"{path}: was not made from data set {data.manifest.name!r} as it is now.")
    if (path / "images.npy").exists():
        return _InDataSet(DataSet.load(path))
    return _InFolder(path, [entry["folder"] for entry in document["classes"]])


def _synthetic_files(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.name.startswith("synthetic-")]
