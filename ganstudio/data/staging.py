"""A data set in the making: a hidden folder that is renamed once it is whole, else deleted."""

from __future__ import annotations

import errno
import glob
import hashlib
import math
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio.data.manifest import WHOLE_PICTURES, Enlarged, HeaderSummary, Manifest, Packing, SkippedFile
from ganstudio.errors import DataError, StudioError, quoted
from ganstudio.units import Size, height_width
from ganstudio.workspace import data_home, write_json

_STAGED = re.compile(r"\.packing-(\d+)-(\d+)-(.+)-[^-]+")
_REREAD_BYTES = 1 << 20
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
_CLOCK_SLACK_S = 2  # a process's start time moves with corrections of the clock


@contextmanager
def staging() -> Iterator[Path]:
    """A new hidden folder in the data directory, which is gone at the end unless `publish` gave it a name.

    Raises StudioError where the data directory cannot be written or is full.
    """
    home = data_home()
    with _as_studio_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        _delete_dead_folders(home)
        folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=home))
        folder.chmod(0o755)  # a store is as readable as the directory that it is in
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch() -> Iterator[Path]:
    """A new hidden folder for what is packed for the moment, gone at the end.

    It is in the data directory, which has the room; where that may only be read, among the system's temporary files.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(staging())
        except StudioError as error:
            if not may_only_be_read(error):
                raise
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ganstudio-")))
        yield folder


def may_only_be_read(error: StudioError) -> bool:
    """Whether `error` says that the data directory takes nothing new, for want of leave rather than of room."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _READ_ONLY


def publish(folder: Path, manifest: Manifest, replace: bool = False) -> bool:
    """Gives the staged `folder` the name in `manifest`; returns False where another data set has that name.

    With `replace` the other one goes, and what was derived from it; it stays where the new one cannot take its place.
    """
    write_json(folder / "manifest.json", manifest.as_record())
    target = data_home() / manifest.name
    if replace and target.exists():
        with tempfile.TemporaryDirectory(prefix=_prefix(), dir=target.parent) as aside:
            replaced = target.rename(Path(aside) / "before")
            try:
                folder.rename(target)
            except OSError:
                replaced.rename(target)
                raise
        for derived in target.parent.glob(f"{glob.escape(manifest.name)}@*"):
            trash(derived)
        return True
    if target.exists():
        return False
    try:
        folder.rename(target)
    except OSError:
        if target.exists():  # another process was first
            return False
        raise
    return True


def trash(path: Path) -> None:
    """Deletes `path`; it vanishes at once, and where this is killed half-way the next add clears the rest."""
    with _as_studio_errors(path):
        doomed = Path(tempfile.mkdtemp(prefix=_prefix(), dir=path.parent))
        path.rename(doomed / path.name)
        shutil.rmtree(doomed)


class PixelWriter:
    """`images.npy`, written from front to back; `depth` is the frames of a clip or the slices of a voxel grid.

    Not through a memory map: where the disk is full that dies of SIGBUS, and write() raises. The file is open only
    while it is written to, so that a writer can be dropped anywhere.
    """

    def __init__(
        self, path: Path, size: Size, channels: int, depth: int | None = None, *, written: int | None = None
    ) -> None:
        """A new file, or one that is there and of which the first `written` images count. Raises DataError.

        `size` is that of an image, a frame or a slice.
        """
        self.path = path
        self.depth = depth
        self.shape = (*(() if depth is None else (depth,)), *height_width(size), channels)
        self.count = written or 0
        self._digest = hashlib.sha256()
        if written is not None:
            self._read_again()
            return
        with path.open("xb") as file:
            self._write_header(file)

    def append(self, pixels: NDArray[np.uint8]) -> None:
        """Adds `pixels` [n, H, W, C], or [n, T|D, H, W, C]."""
        rows = np.ascontiguousarray(pixels)
        with self.path.open("ab") as file:
            file.write(rows.data)
        self._digest.update(rows.data)
        self.count += len(rows)

    def close(self) -> str:
        """The fingerprint of all pixels; the file is whole and on the disk."""
        with self.path.open("r+b") as file:
            self._write_header(file)
            _sync(file)
        return self._digest.hexdigest()

    def _read_again(self) -> None:
        with self.path.open("r+b") as file:
            self._write_header(file)
            end = file.tell() + self.count * math.prod(self.shape)
            if file.seek(0, os.SEEK_END) < end:
                hint = f"rm -r {quoted(self.path.parent)}"
                raise DataError(f"{self.path}: ends before its image {self.count}.", hint)
            file.truncate(end)
            self._write_header(file)
            while content := file.read(_REREAD_BYTES):
                self._digest.update(content)

    def _write_header(self, file: BinaryIO) -> None:
        file.seek(0)
        # numpy pads the header so that the first axis can grow in place
        head = {"descr": "|u1", "fortran_order": False, "shape": (self.count, *self.shape)}
        npy.write_array_header_1_0(file, head)


def finish_set(
    folder: Path,
    writer: PixelWriter,
    *,
    name: str,
    source: str,
    classes: tuple[str, ...] = (),
    attributes: tuple[str, ...] = (),
    labels: NDArray[np.int64] | None = None,
    skipped: tuple[SkippedFile, ...] = (),
    packing: Packing | None = None,
    parent: str | None = None,
    axes: str = "HWC",
    sources: HeaderSummary | None = None,
    enlarged: Enlarged | None = None,
    source_writer: PixelWriter | None = None,
    whole_pictures: NDArray[np.int64] | None = None,
) -> Manifest:
    """The manifest of what `writer` holds, whose `axes` go with its depth.

    `labels`, [N] or with attributes [N, A], are written beside it, and so is, of tiles, the number [N] of the picture
    that each was cut from: `whole_pictures`. `source_writer` holds what pictures that come in pairs are made from.
    """
    pixels = writer.close()
    of_source = None if source_writer is None else source_writer.close()
    counts: tuple[int, ...] = ()
    if labels is not None:
        if not attributes:
            counts = tuple(int(n) for n in np.bincount(labels, minlength=len(classes)))
        _write_array(folder / "labels.npy", labels)
    if whole_pictures is not None:
        _write_array(folder / WHOLE_PICTURES, whole_pictures)
    fingerprint = hashlib.sha256(f"{pixels} {(writer.count, *writer.shape)}".encode())
    fingerprint.update(b"" if labels is None else labels.tobytes())
    fingerprint.update((of_source or "").encode())
    height, width = writer.shape[-3:-1]
    return Manifest(
        name=name,
        count=writer.count,
        resolution=min(height, width),
        channels=writer.shape[-1],
        axes=axes,
        classes=classes,
        class_counts=counts,
        attributes=attributes,
        fingerprint=fingerprint.hexdigest(),
        source=source,
        skipped=skipped,
        packing=packing,
        parent=parent,
        depth=writer.depth,
        sources=sources,
        enlarged=enlarged,
        rectangle=None if height == width else (height, width),
        source_shape=None if source_writer is None else source_writer.shape,
        pictures=None if whole_pictures is None else int(whole_pictures[-1]) + 1,
    )


def _write_array(path: Path, array: NDArray[np.int64]) -> None:
    with path.open("wb") as file:
        np.save(file, array)
        _sync(file)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _prefix() -> str:
    import psutil

    started = int(psutil.Process().create_time())
    return f".packing-{os.getpid()}-{started}-{platform.node()}-"


def _delete_dead_folders(home: Path) -> None:
    """Deletes the staged folders of this machine whose process is gone."""
    import psutil

    for folder in home.iterdir():
        staged = _STAGED.fullmatch(folder.name)
        if not staged or staged[3] != platform.node():
            continue
        with suppress(psutil.NoSuchProcess):
            if abs(psutil.Process(int(staged[1])).create_time() - int(staged[2])) <= _CLOCK_SLACK_S:
                continue
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _as_studio_errors(where: Path) -> Iterator[None]:
    """Raises errors of the system as StudioError; one about a file elsewhere, such as a source's, names that file."""
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and not Path(error.filename).is_relative_to(where):
            raise StudioError(f"{error.filename}: {error.strerror or error}.") from error
        raise StudioError(
            f"{where}: {error.strerror or error}.",
            hint="export GANSTUDIO_DATA=FOLDER   # another place for packed data, with room and leave to write",
        ) from error
