"""A data set in another size, made once and kept beside it: NAME@64, of that short side, or NAME@128x64."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.decode import black_where_clear
from ganstudio.data.manifest import SOURCE, Enlarged, Manifest
from ganstudio.data.opening import Layout, open_source
from ganstudio.data.pack import pack_source
from ganstudio.data.parallel import WorkerPool, default_workers
from ganstudio.data.sources.source import Source
from ganstudio.data.staging import PixelWriter, finish_set, may_only_be_read, publish, scratch, staging, trash
from ganstudio.data.store import DataSet, names
from ganstudio.errors import DataError, StudioError
from ganstudio.progress import Progress, no_progress
from ganstudio.units import HeightWidth, Resolution, format_bytes
from ganstudio.workspace import data_home, write_json

_ROWS = 256  # images a task, or clips
_FEW_IMAGES = 4096  # below, starting processes takes longer than the work


def exists_at_resolution(data: DataSet, resolution: Resolution) -> bool:
    """Whether `at_resolution` finds its result and has nothing to make."""
    manifest = data.manifest
    if _averages_down(manifest, resolution):
        return True
    name = name_at(manifest, resolution)
    return name in names() and _still_valid(data_home() / name, manifest.fingerprint) is not None


def at_resolution(data: DataSet, resolution: Resolution, progress: Progress = no_progress) -> DataSet:
    """`data` where its size is a multiple of that at `resolution` (batches are averaged down), else a derived store.

    A larger one, and one of another aspect, is packed from the source folder again where that is as it was, so that no
    detail is made up, and no more is cut off than has to be. Raises DataError where the disk has no room for it.
    """
    manifest = data.manifest
    if _averages_down(manifest, resolution):
        return data
    name = name_at(manifest, resolution)
    if name in names():
        if (derived := _still_valid(data_home() / name, manifest.fingerprint)) is not None:
            return replace(derived, styles=data.styles)
        trash(data_home() / name)
    _require_room(name, manifest.count * manifest.channels * math.prod(manifest.size_at(resolution)))
    with staging() as folder:
        publish(folder, _derive(folder, data, name, resolution, progress))
    return replace(DataSet.load(data_home() / name), styles=data.styles)


@contextmanager
def at_resolution_temporarily(
    data: DataSet, resolution: Resolution, progress: Progress = no_progress
) -> Iterator[DataSet]:
    """Yields what `at_resolution` returns; a temporary store where the data directory may only be read."""
    with ExitStack() as stack:
        try:
            derived = at_resolution(data, resolution, progress)
        except StudioError as error:
            if not may_only_be_read(error):
                raise
            folder = stack.enter_context(scratch())
            manifest = _derive(folder, data, name_at(data.manifest, resolution), resolution, progress)
            write_json(folder / "manifest.json", manifest.as_record())
            derived = DataSet.load(folder)
        yield derived


def _derive(folder: Path, data: DataSet, name: str, resolution: Resolution, progress: Progress) -> Manifest:
    manifest = data.manifest
    size = manifest.size_at(resolution)[-2:]
    anew = _is_larger(manifest, size) or not _same_aspect(manifest, size)
    source = source_if_unchanged(manifest) if anew else None
    if source is None or manifest.packing is None:
        return _resize_set(folder, data, name, resolution, progress)
    derived = pack_source(
        *(folder, source, manifest.packing, name, (size[0], size[1]), False, None, progress, manifest.fingerprint)
    )
    if (derived.count, derived.classes) == (manifest.count, manifest.classes):
        return derived
    for file in folder.iterdir():  # an earlier version packed it, which took other files, or other classes
        file.unlink()
    return _resize_set(folder, data, name, resolution, progress)


def _require_room(name: str, needed: int) -> None:
    """Raises DataError where so many bytes do not fit beside the packed data."""
    home = data_home()
    free = shutil.disk_usage(next(folder for folder in (home, *home.parents) if folder.exists())).free
    if needed > free:
        sizes = f"{format_bytes(needed)}, and {format_bytes(free)} are free in {home}"
        raise DataError(f"data.resolution: {name} would take {sizes}.", hint="--set data.resolution=data")


def _averages_down(manifest: Manifest, resolution: Resolution) -> bool:
    """Whether the stored size is a multiple of the wanted one, along the slices of a voxel grid too."""
    size = manifest.size_at(resolution)
    factor = manifest.shape[-2] // size[-1]
    *depth, height, width = zip(manifest.shape, size, strict=False)
    along = all(stored == wanted * factor for stored, wanted in (height, width))
    return along and all(stored in (wanted, wanted * factor) for stored, wanted in depth)


def name_at(manifest: Manifest, resolution: Resolution) -> str:
    size = manifest.size_at(resolution)[-2:]
    return f"{manifest.name}@{min(size) if _same_aspect(manifest, size) else f'{size[1]}x{size[0]}'}"


def _is_larger(manifest: Manifest, size: tuple[int, ...]) -> bool:
    return any(wanted > stored for wanted, stored in zip(size, manifest.size, strict=True))


def _same_aspect(manifest: Manifest, size: tuple[int, ...]) -> bool:
    return size == manifest.size_at(min(size))[-2:]


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
        how = manifest.packing
        source = open_source(Path(manifest.source), how.labels, how.part, cast("Layout", how.layout), how.beside)
    except DataError:
        return None
    return source if source.fingerprint == manifest.packing.listing else None


def _resize_set(folder: Path, data: DataSet, name: str, resolution: Resolution, progress: Progress) -> Manifest:
    manifest = data.manifest
    size = manifest.size_at(resolution)
    depth = None if manifest.depth is None else size[0]
    writer = PixelWriter(folder / "images.npy", (size[-2], size[-1]), manifest.channels, depth)
    parts = [range(start, min(start + _ROWS, manifest.count)) for start in range(0, manifest.count, _ROWS)]
    with WorkerPool(1 if manifest.count < _FEW_IMAGES else default_workers()) as pool:
        for pixels in pool.map(partial(_resize_rows, data, size), parts):
            writer.append(pixels)
            progress(writer.count, manifest.count)
        source_writer = _resize_sources(folder, data, size, pool, parts)
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
        source_writer=source_writer,
        whole_pictures=data.whole_pictures(),
    )
    return replace(resized, synthetic=manifest.synthetic, enlarged=enlarged_at(manifest, size[-2:]))


def _resize_sources(
    folder: Path, data: DataSet, size: tuple[int, ...], pool: WorkerPool, parts: list[range]
) -> PixelWriter | None:
    """Writes what the pictures are made from, as many times larger or smaller; None where they come in no pairs."""
    shape = data.manifest.source_shape
    if shape is None:
        return None
    source_size = source_size_at(data.manifest, size)
    writer = PixelWriter(folder / SOURCE, source_size, shape[-1])
    for pixels in pool.map(partial(_resize_source_rows, data, source_size), parts):
        writer.append(pixels)
    return writer


def source_size_at(manifest: Manifest, size: tuple[int, ...]) -> HeightWidth:
    """(H, W) of what pictures of `size`, (H, W), are made from: as many times larger or smaller as they are."""
    assert manifest.source_shape is not None
    height, width = (
        side * new // old for side, new, old in zip(manifest.source_shape, size, manifest.size, strict=False)
    )
    return height, width


def _resize_source_rows(data: DataSet, size: tuple[int, int], rows: range) -> NDArray[np.uint8]:
    sources = data.sources()
    assert sources is not None
    return _resize(_cut_to_aspect(sources[rows.start : rows.stop], data.manifest, size), size)


def enlarged_at(manifest: Manifest, size: tuple[int, ...]) -> Enlarged | None:
    """Counts the stored images that are larger in `size` than their files once were."""
    earlier, resolution = manifest.enlarged, min(size)
    if _is_larger(manifest, size):
        return Enlarged(manifest.count, earlier.side if earlier else manifest.resolution, manifest.packing is not None)
    return earlier if earlier and earlier.side < resolution else None


def _resize_rows(data: DataSet, size: tuple[int, ...], rows: range) -> NDArray[np.uint8]:
    """Pixels [n, *size, C] of some of the images; of a voxel grid the slices, then the planes across them."""
    images = data.images()[rows.start : rows.stop]
    *stack, _, _, channels = images.shape
    cut = _cut_to_aspect(images, data.manifest, size[-2:])
    flat = _resize(cut.reshape(-1, *cut.shape[-3:]), size[-2:]).reshape(*stack, *size[-2:], channels)
    if len(size) == 2 or stack[1] == size[0]:
        return flat
    across = flat.swapaxes(1, 2)  # [n, H, D, W, C]
    planes = _resize(across.reshape(-1, stack[1], *across.shape[3:]), (size[0], size[-1]))
    return planes.reshape(-1, size[-2], size[0], size[-1], channels).swapaxes(1, 2)


def _cut_to_aspect(images: NDArray[np.uint8], manifest: Manifest, size: tuple[int, ...]) -> NDArray[np.uint8]:
    """The middle of `images` [..., H, W, C] that has the aspect of `size`; all of them where it is the data's own."""
    if _same_aspect(manifest, size) or (manifest.packing and manifest.packing.fit == "stretch"):
        return images
    height, width = images.shape[-3:-1]
    down, across = min(height, width * size[0] // size[1]), min(width, height * size[1] // size[0])
    above, left = (height - down) // 2, (width - across) // 2
    return images[..., above : above + down, left : left + across, :]


def _resize(images: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Images [n, *size, C] of [n, H, W, C], by antialiased Lanczos."""
    height, width = size
    gray = images.shape[3] == 1
    pictures = (Image.fromarray(image[:, :, 0] if gray else image) for image in images)
    sized = [np.asarray(p.resize((width, height), Image.Resampling.LANCZOS)) for p in pictures]
    return black_where_clear(np.stack(sized).reshape(len(images), height, width, images.shape[3]))
