"""Where an augmentation goes: a folder of class folders, or a packed data set. Both can be gone on with after a kill.

Either holds a JSON document that says what was asked and how far it is, replaced after each batch. What was written
since is written again, to the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio import __version__
from ganstudio.data.staging import PixelWriter, finish_set, publish
from ganstudio.data.store import DataSet, check_name, name_taken_error
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.inference.augmentation.augment import Tally
from ganstudio.inference.augmentation.plan import AugmentationPlan
from ganstudio.inference.pictures import picture
from ganstudio.inference.provenance import picture_words
from ganstudio.runs import process
from ganstudio.workspace import data_home, write_json, write_together

FORMAT = 1
_KEYS = {"complete", "classes", "asked", "done"}
_UNSAFE = re.compile(r'[%/\\:*?"<>|\x00-\x1f]|^\.|[. ]$')


class FolderDestination:
    """Class folders of `real-<row>.png` and `synthetic-<seed>.png`, as torchvision's ImageFolder reads them."""

    NAME = "manifest.json"

    def __init__(self, root: Path, plan: AugmentationPlan) -> None:
        self.root = self.path = root
        self.plan = plan
        # Without classes the pictures lie in the folder itself: a sub-folder would be a class.
        self._folders = [root / folder_name(share.name) for share in plan.shares]
        labels = plan.data.labels()
        self._labels = np.zeros(plan.data.manifest.count, np.int64) if labels is None else labels

    def begin(self) -> Tally:
        """What was done before, where the folder holds the same work. Makes the folders. Raises UsageError."""
        left = _other_files(self.root) if self.root.exists() else []
        document = read_document(self.root / self.NAME)
        if left and document is None:
            raise UsageError(f"--out: {self.root} is not empty, and nothing in it was begun by augment.", "--out NEW")
        done = _tally_of(document, self.plan, self.root) or Tally.nothing(len(self.plan.shares))
        self.root.mkdir(parents=True, exist_ok=True)
        if document is None:
            self.commit(done)
        for folder, share in zip(self._folders, self.plan.shares, strict=True):
            if share.real or share.synthetic:
                folder.mkdir(exist_ok=True)
        if not (document or {}).get("complete"):
            _delete_half_written({self.root, *self._folders})
        return done

    def real(self, start: int, pixels: NDArray[np.uint8]) -> None:
        folders = [self._folders[label] for label in self._labels[start : start + len(pixels)]]
        files = {folder / f"real-{start + n:08}.png": picture(pixels[n], {}, "png") for n, folder in enumerate(folders)}
        write_together(files)

    def synthetic(self, class_index: int, seeds: NDArray[np.int64], pixels: NDArray[np.uint8]) -> None:
        folder = self._folders[class_index]
        numbered = zip(seeds.tolist(), pixels, strict=True)
        write_together(
            {
                folder / f"synthetic-{seed}.png": picture(one, self._words(class_index, seed), "png")
                for seed, one in numbered
            }
        )

    def commit(self, done: Tally) -> None:
        write_json(self.root / self.NAME, as_document(self.plan, done, complete=False))

    def finish(self, done: Tally) -> None:
        write_json(self.root / self.NAME, as_document(self.plan, done, complete=True))

    def _words(self, class_index: int, seed: int) -> dict[str, str]:
        share = self.plan.shares[class_index]
        if self.plan.plain or share.generator is None:
            return {}
        export = share.generator.export
        classes = [] if share.name is None else [share.name]
        return picture_words(export.name, export.manifest.sha256, str(seed), classes, self.plan.psi)


class DataSetDestination:
    """A data set under a new name: the real images, then the synthetic ones, whose seeds are in `seeds.npy`.

    It grows in a hidden folder of the data directory, which survives this process.
    """

    NAME = "augmentation.json"

    def __init__(self, name: str, plan: AugmentationPlan) -> None:
        self.name, self.plan = name, plan
        self.root = data_home() / f".augmenting-{name}"
        self.path = data_home() / name
        self._writer: PixelWriter | None = None  # None where there is nothing to write

    def begin(self) -> Tally:
        """What was done before, all of it where the data set is there. Raises UsageError where another has the name."""
        if finished := self._published():
            return finished
        check_name(self.name)
        done = _tally_of(read_document(self.root / self.NAME), self.plan, self.root)
        manifest = self.plan.data.manifest
        if done is None:
            # what was there was killed before its first commit
            shutil.rmtree(self.root, ignore_errors=True)
            self.root.mkdir(parents=True)
            done = Tally.nothing(len(self.plan.shares))
            self._writer = PixelWriter(self.root / "images.npy", manifest.size, manifest.channels)
            with (self.root / "seeds.npy").open("wb") as file:
                head = {"descr": "<u4", "fortran_order": False, "shape": (self.plan.synthetic,)}
                npy.write_array_header_1_0(file, head)
            self.commit(done)
        else:
            _delete_half_written({self.root})
            drawn = sum(done.kept)
            rows = done.real + drawn
            self._writer = PixelWriter(self.root / "images.npy", manifest.size, manifest.channels, written=rows)
            _cut_seeds(self.root / "seeds.npy", self.plan.synthetic - drawn, self.plan.synthetic)
        return done

    def real(self, start: int, pixels: NDArray[np.uint8]) -> None:  # noqa: ARG002
        self._append(pixels)

    def synthetic(self, class_index: int, seeds: NDArray[np.int64], pixels: NDArray[np.uint8]) -> None:  # noqa: ARG002
        self._append(pixels)
        with (self.root / "seeds.npy").open("ab") as file:
            file.write(seeds.astype("<u4").tobytes())

    def _append(self, pixels: NDArray[np.uint8]) -> None:
        assert self._writer is not None
        self._writer.append(pixels)

    def commit(self, done: Tally) -> None:
        for name in ("images.npy", "seeds.npy"):
            with (self.root / name).open("r+b") as file:
                os.fsync(file.fileno())
        write_json(self.root / self.NAME, as_document(self.plan, done, complete=False))

    def finish(self, done: Tally) -> None:
        """Gives the data set its name. Raises UsageError where another one took it meanwhile."""
        if self._writer is None:
            return
        real, shares = self.plan.data.labels(), self.plan.shares
        labels = None
        if real is not None:
            drawn = np.repeat(np.arange(len(shares)), [share.synthetic for share in shares])
            labels = np.concatenate([real, drawn.astype(np.int64)])
        data = self.plan.data.manifest
        models = sorted({share.generator.export.name for share in shares if share.generator})
        manifest = finish_set(
            *(self.root, self._writer),
            name=self.name,
            source=f"{data.name} + {', '.join(models)}",
            classes=data.classes,
            labels=labels,
            parent=data.fingerprint,
        )
        write_json(self.root / self.NAME, as_document(self.plan, done, complete=True))
        (self.root / process.NAME).unlink(missing_ok=True)
        if not publish(self.root, replace(manifest, synthetic=self.plan.synthetic)):
            raise name_taken_error(self.name)

    def _published(self) -> Tally | None:
        document = read_document(self.path / self.NAME)
        if document is None or document.get("asked") != self.plan.inputs_json():
            return None
        DataSet.load(self.path)
        return _tally_of(document, self.plan, self.path)


@contextmanager
def locked_tally(destination: FolderDestination | DataSetDestination) -> Iterator[Tally]:
    """Yields what is done in `destination`, which no other process may work on meanwhile.

    Raises UsageError where another process works on it, or where it holds something else.
    """
    working = process.living_pid(destination.root)
    if working not in (None, os.getpid()):
        raise UsageError(f"{destination.root}: process {working} is at work on it.")
    done = destination.begin()
    if not destination.root.exists():  # published before
        yield done
        return
    process.write_process(destination.root)
    try:
        yield done
    finally:
        (destination.root / process.NAME).unlink(missing_ok=True)


def as_document(plan: AugmentationPlan, done: Tally, *, complete: bool) -> dict[str, Any]:
    """The document: counts, models and seeds of each class, and what `_tally_of` needs to go on."""
    classes = []
    first = plan.seed
    for index, share in enumerate(plan.shares):
        tried, export = done.tried[index], share.generator and share.generator.export
        classes.append(
            {
                "class": share.name,
                "folder": folder_name(share.name),
                "real": share.real,
                "synthetic": done.kept[index],
                "model": export and export.name,
                "sha256": export and export.manifest.sha256,
                "seeds": [first, first + tried - 1] if tried else None,
                "near": done.near[index],
                "near_within": done.limits[index] if done.limits else None,
            }
        )
        first += tried
    head = {"format": FORMAT, "ganstudio": __version__, "complete": complete}
    return {**head, "classes": classes, "done": asdict(done), "asked": plan.inputs_json()}


def folder_name(class_name: str | None) -> str:
    """The folder of a class: its name, with what a folder cannot be called written as %XX; "" without classes."""
    if class_name is None:
        return ""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", class_name) or "%"


def read_document(path: Path) -> dict[str, Any] | None:
    """The document at `path`; None where there is none."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and document.keys() >= _KEYS else None


def _tally_of(document: dict[str, Any] | None, plan: AugmentationPlan, where: Path) -> Tally | None:
    """The tally in `document`, which must be of `plan`. Raises UsageError where it is of another."""
    if document is None:
        return None
    asked, earlier = plan.inputs_json(), document["asked"]
    differing = [key for key in asked if asked[key] != earlier.get(key)]
    if differing:
        differences = "; ".join(
            f"{key} {_short_value(earlier.get(key))}, now {_short_value(asked[key])}" for key in differing[:3]
        )
        raise UsageError(
            f"{where} holds another augmentation ({differences}).",
            hint=f"Type the command that began it, or choose another place, or: rm -r {quoted(where)}",
        )
    try:
        done = Tally(**document["done"])
        counts = (done.tried, done.kept, done.near, done.limits or done.near)
        if {len(numbers) for numbers in counts} != {len(plan.shares)} or type(done.real) is not int:
            raise TypeError
        return done
    except TypeError:
        why = "its document does not say how far it is"
        raise StudioError(f"{where} is damaged: {why}.", f"rm -r {quoted(where)}") from None


def _short_value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _other_files(folder: Path) -> list[Path]:
    """The files in `folder`, but for half-written documents of a killed process. Raises UsageError for a file."""
    if not folder.is_dir():
        raise UsageError(f"--out: {folder} is a file; a folder is needed.")
    return [path for path in folder.iterdir() if not (path.name.startswith(".") and path.suffix == ".tmp")]


def _delete_half_written(folders: Iterable[Path]) -> None:
    """Deletes the half-written files of a killed process."""
    for folder in folders:
        for half_written in folder.glob(".*.tmp"):
            half_written.unlink()


def _cut_seeds(path: Path, missing: int, count: int) -> None:
    """Cuts the last `missing` off the array of `count` uint32 at `path`."""
    with path.open("r+b") as file:
        npy.read_magic(file)
        npy.read_array_header_1_0(file)
        file.truncate(file.tell() + 4 * (count - missing))
