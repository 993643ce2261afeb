"""A data set at another resolution, made once and kept beside it as NAME@RESOLUTION."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.manifest import Enlarged, Manifest
from ganstudio.data.opening import open_source
from ganstudio.data.pack import pack_source
from ganstudio.data.parallel import WorkerPool, default_workers
from ganstudio.data.sources.source import Source
from ganstudio.data.staging import PixelWriter, finish_set, may_only_be_read, publish, scratch, staging, trash
from ganstudio.data.store import DataSet, Progress, names, no_progress
from ganstudio.errors import DataError, StudioError
from ganstudio.workspace import data_home, write_json

_ROWS = 256  # images a task, or clips
_FEW_IMAGES = 4096  # below, starting processes takes longer than the work


def exists_at_resolution(data: DataSet, resolution: int) -> bool:
    """Whether `at_resolution` finds its result and has nothing to make."""
    manifest = data.manifest
    if _averages_down(manifest, resolution):
        return True
    name = f"{manifest.name}@{resolution}"
    return name in names() and _still_valid(data_home() / name, manifest.fingerprint) is not None


def at_resolution(data: DataSet, resolution: int, progress: Progress = no_progress) -> DataSet:
    """`data` where its size is a multiple of `resolution` (batches are averaged down), else a store derived from it.

    A larger one is packed from the source folder again, where that is as it was, so that no detail is made up.
    """
    manifest = data.manifest
    if _averages_down(manifest, resolution):
        return data
    name = f"{manifest.name}@{resolution}"
    if name in names():
        if (derived := _still_valid(data_home() / name, manifest.fingerprint)) is not None:
            return derived
        trash(data_home() / name)
    with staging() as folder:
        publish(folder, _derive(folder, data, name, resolution, progress))
    return DataSet.load(data_home() / name)


@contextmanager
def at_resolution_temporarily(data: DataSet, resolution: int, progress: Progress = no_progress) -> Iterator[DataSet]:
    """Yields what `at_resolution` returns; a temporary store where the data directory may only be read."""
    with ExitStack() as stack:
        try:
            derived = at_resolution(data, resolution, progress)
        except StudioError as error:
            if not may_only_be_read(error):
                raise
            folder = stack.enter_context(scratch())
            manifest = _derive(folder, data, f"{data.manifest.name}@{resolution}", resolution, progress)
            write_json(folder / "manifest.json", manifest.as_record())
            derived = DataSet.load(folder)
        yield derived


def _derive(folder: Path, data: DataSet, name: str, resolution: int, progress: Progress) -> Manifest:
    manifest = data.manifest
    source = source_if_unchanged(manifest) if resolution > manifest.resolution else None
    if source is None or manifest.packing is None:
        return _resize_set(folder, data, name, resolution, progress)
    derived = pack_source(
        *(folder, source, manifest.packing, name, resolution, False, None, progress, manifest.fingerprint)
    )
    if (derived.count, derived.classes) == (manifest.count, manifest.classes):
        return derived
    for file in folder.iterdir():  # an earlier version packed it, which took other files, or other classes
        file.unlink()
    return _resize_set(folder, data, name, resolution, progress)


def _averages_down(manifest: Manifest, resolution: int) -> bool:
    """Whether the stored size is a multiple of the wanted one, along the slices of a voxel grid too."""
    return all(
        stored % wanted == 0 and (stored == wanted or stored // wanted == manifest.resolution // resolution)
        for stored, wanted in zip(manifest.shape, manifest.size_at(resolution), strict=False)
    )


def _still_valid(path: Path, parent: str) -> DataSet | None:
    try:
        derived = DataSet.load(path)
    except DataError:
        return None
    return derived if derived.manifest.parent == parent else None


def source_if_unchanged(manifest: Manifest) -> Source | None:
    """The source that `manifest` was packed from, where that is unchanged; else None."""
    if manifest.packing is None:
        return None
    try:
        source = open_source(Path(manifest.source), manifest.packing.labels, manifest.packing.part)
    except DataError:
        return None
    return source if source.fingerprint == manifest.packing.listing else None


def _resize_set(folder: Path, data: DataSet, name: str, resolution: int, progress: Progress) -> Manifest:
    manifest = data.manifest
    size = manifest.size_at(resolution)
    depth = None if manifest.depth is None else size[0]
    writer = PixelWriter(folder / "images.npy", resolution, manifest.channels, depth)
    parts = [range(start, min(start + _ROWS, manifest.count)) for start in range(0, manifest.count, _ROWS)]
    with WorkerPool(1 if manifest.count < _FEW_IMAGES else default_workers()) as pool:
        for pixels in pool.map(partial(_resize_rows, data, size), parts):
            writer.append(pixels)
            progress(writer.count, manifest.count)
    resized = finish_set(
        folder,
        writer,
        name=name,
        source=manifest.source,
        classes=manifest.classes,
        attributes=manifest.attributes,
        labels=data.attributes() if manifest.attributes else data.labels(),
        skipped=manifest.skipped,
        parent=manifest.fingerprint,
        axes=manifest.axes,
        sources=manifest.sources,
    )
    return replace(resized, synthetic=manifest.synthetic, enlarged=_enlarged(manifest, resolution))


def _enlarged(manifest: Manifest, resolution: int) -> Enlarged | None:
    """Counts the stored images that are larger at `resolution` than their files once were."""
    earlier = manifest.enlarged
    if resolution > manifest.resolution:
        return Enlarged(manifest.count, earlier.side if earlier else manifest.resolution, manifest.packing is not None)
    return earlier if earlier and earlier.side < resolution else None


def _resize_rows(data: DataSet, size: tuple[int, ...], rows: range) -> NDArray[np.uint8]:
    """Pixels [n, *size, C] of some of the images; of a voxel grid the slices, then the planes across them."""
    images = data.images()[rows.start : rows.stop]
    *stack, _, _, channels = images.shape
    flat = _resize(images.reshape(-1, *images.shape[-3:]), size[-2:]).reshape(*stack, *size[-2:], channels)
    if len(size) == 2 or stack[1] == size[0]:
        return flat
    across = flat.swapaxes(1, 2)  # [n, H, D, W, C]
    planes = _resize(across.reshape(-1, stack[1], *across.shape[3:]), (size[0], size[-1]))
    return planes.reshape(-1, size[-2], size[0], size[-1], channels).swapaxes(1, 2)


def _resize(images: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Images [n, *size, C] of [n, H, W, C], by antialiased Lanczos."""
    height, width = size
    gray = images.shape[3] == 1
    pictures = (Image.fromarray(image[:, :, 0] if gray else image) for image in images)
    sized = [np.asarray(p.resize((width, height), Image.Resampling.LANCZOS)) for p in pictures]
    return np.stack(sized).reshape(len(images), height, width, images.shape[3])
