"""Images from wherever they are into a packed data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import assert_never, cast

import numpy as np

from ganstudio.data.convert import (
    read_headers,
    summarize_headers,
    without_colour,
    write_pictures,
    write_stack,
    write_tiles,
)
from ganstudio.data.decode import Fit, PixelFormat, gets_border
from ganstudio.data.labels.classes import drop_empty_classes
from ganstudio.data.manifest import Manifest, Packing
from ganstudio.data.opening import Layout, open_source
from ganstudio.data.pack_choices import (
    FEW_BYTES,
    channels_of,
    classes_and_labels,
    count_enlarged,
    pixel_format_of,
    require_images,
    workers_for,
)
from ganstudio.data.pack_options import (
    Mode,
    absolute_labels,
    check_options,
    default_name,
    default_size,
    parse_colour,
)
from ganstudio.data.pack_pairs import pack_pairs
from ganstudio.data.packed_files import write_file_list
from ganstudio.data.parallel import WorkerPool, default_workers
from ganstudio.data.sources.class_folders import folder_advice, without_strays
from ganstudio.data.sources.source import Listing, Source, Stack
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import DataSet, check_legal, check_name, name_taken_error
from ganstudio.progress import Progress, no_progress
from ganstudio.units import Size, height_width
from ganstudio.workspace import data_home

_MANY_CLASSES = 16  # from here on, more classes than half the images are told
_MOST_WORKERS = 8  # each takes some hundred megabytes; together they stay below two gigabytes


def add(
    path: Path,
    name: str | None = None,
    *,
    size: Size | None = None,
    fit: Fit = "crop",
    mode: Mode | None = None,
    background: str = "white",
    labels: str = "auto",
    part: str = "",
    strict: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
    replace: bool = False,
    layout: Layout = "",
    beside: Sequence[str] = (),
) -> DataSet:
    """The images at `path` (what `open_source` reads), packed as `name` (the folder's or file's own unless given).

    With `replace` it takes the place of a set of that name, and what was derived from that goes.

    `size` is that of the packed images, a square of the `default_size` of those found unless given. `mode` is gray
    where every image is grey, else rgb, unless given; alpha is laid over `background`, and so are the bars of fit
    "pad", but for mode rgba, which keeps alpha and whose bars cannot be seen. `labels`, `part`, `layout` and `beside`
    are as `open_source` has them. With `strict`, a file that cannot be read is an error.

    Raises:
        DataError: nothing there, no image in it, or a file that cannot be read where `strict`.
        UsageError: an option out of range, or a name that is taken.
        StudioError: the data directory cannot be written, or is full.
    """
    check_options(size, workers)
    name = default_name(path) if name is None else name
    (check_legal if replace else check_name)(name)
    beside = tuple(str(Path(other).resolve()) for other in beside)
    source = open_source(path, labels, part, layout, beside)
    labels = absolute_labels(path, labels)
    packing = Packing(source.fingerprint, fit, mode, background, labels, part, layout, beside)
    with staging() as folder:
        manifest = pack_source(folder, source, packing, name, size, strict, workers, progress)
        write_file_list(folder, source)
        if not publish(folder, manifest, replace):
            raise name_taken_error(name)
    return DataSet.load(data_home() / name)


def pack_source(
    folder: Path,
    source: Source,
    packing: Packing,
    name: str,
    size: Size | None,
    strict: bool,
    workers: int | None,
    progress: Progress,
    parent: str | None = None,
) -> Manifest:
    """The manifest of a store that was written into the staged `folder`."""
    pool = workers or default_workers(_MOST_WORKERS)
    match source:
        case Listing(partners=(_, *_)):
            manifest = pack_pairs(folder, source, packing, name, size, strict, pool, progress, parent)
        case Listing():
            manifest = _pack_listing(folder, source, packing, name, size, strict, pool, progress, parent)
        case Stack():
            manifest = _pack_stack(folder, source, packing, name, size, pool, progress, parent)
        case unreachable:
            assert_never(unreachable)
    return replace(manifest, notes=(*source.notes, *manifest.notes, *_class_notes(manifest), *folder_advice(manifest)))


def _pack_listing(
    folder: Path,
    listing: Listing,
    packing: Packing,
    name: str,
    size: Size | None,
    strict: bool,
    workers: int,
    progress: Progress,
    parent: str | None,
) -> Manifest:
    with WorkerPool(workers_for(listing, workers)) as pool:
        progress(0, len(listing.pictures))  # reading the headers of many files takes a while
        pictures, headers, unreadable = read_headers(pool, listing.pictures)
        pictures, headers, left_out, notes = without_strays(pictures, headers, packing.labels)
        skipped = [*listing.skipped, *unreadable, *left_out]
        require_images(listing, len(pictures), skipped, False)
        sides = height_width(size or default_size([header.short_side for header in headers]))
        pixel_format = pixel_format_of(packing, headers, sides)
        writer = PixelWriter(folder / "images.npy", sides, pixel_format.channels)
        if packing.fit == "tile":
            packed, tiles, unreadable, colourless = write_tiles(pool, pictures, pixel_format, writer, progress)
        else:
            packed, unreadable, colourless = write_pictures(pool, pictures, pixel_format, writer, progress)
            tiles = None
    skipped = sorted([*skipped, *unreadable])
    require_images(listing, len(packed), skipped, strict)
    if packing.mode is None and pixel_format.channels == 3 and colourless:
        writer = without_colour(writer)
    whole = None if tiles is None else np.repeat(np.arange(len(packed)), tiles)
    classes, labels = classes_and_labels(packed, listing.attributes, listing.domains)
    if labels is not None and whole is not None:
        labels = labels[whole]
    manifest = finish_set(
        folder,
        writer,
        name=name,
        source=str(listing.root),
        classes=classes,
        attributes=listing.attributes,
        labels=labels,
        skipped=tuple(skipped),
        packing=packing,
        parent=parent,
        sources=summarize_headers(headers),
        whole_pictures=whole,
        enlarged=None  # a picture smaller than a tile becomes none
        if tiles is not None
        else count_enlarged(
            [header.size or (header.short_side, header.short_side) for header in headers], packing.fit, sides
        ),
    )
    return replace(manifest, notes=tuple(notes))


def _pack_stack(
    folder: Path,
    stack: Stack,
    packing: Packing,
    name: str,
    size: Size | None,
    workers: int,
    progress: Progress,
    parent: str | None,
) -> Manifest:
    height, width, channels = stack.shape
    sides = height_width(size or default_size([min(height, width)]))
    packed_channels = channels_of(packing, packing.mode is None and channels <= 2)
    pixel_format = PixelFormat(sides, packed_channels, cast("Fit", packing.fit), parse_colour(packing.background))
    writer = PixelWriter(folder / "images.npy", sides, packed_channels)
    small = stack.count * height * width * channels < FEW_BYTES
    as_it_is = sides == (height, width) and channels == packed_channels
    with WorkerPool(1 if small or as_it_is else workers) as pool:
        colourless = write_stack(pool, stack, pixel_format, writer, progress)
    if packing.mode is None and packed_channels == 3 and colourless:
        writer = without_colour(writer)
    classes, labels = stack.classes, stack.labels
    if labels is not None and not stack.attributes:
        classes, labels = drop_empty_classes(classes, labels)
    return finish_set(
        *(folder, writer),
        name=name,
        source=str(stack.root),
        classes=classes,
        attributes=stack.attributes,
        labels=labels,
        packing=packing,
        parent=parent,
        enlarged=None
        if gets_border(height, width, sides)
        else count_enlarged([(width, height)], packing.fit, sides, stack.count),
    )


def _class_notes(manifest: Manifest) -> Iterator[str]:
    """A sentence on classes that are hardly any: most images have one of their own."""
    if len(manifest.classes) > max(_MANY_CLASSES, manifest.count // 2):
        yield (
            f"There are {len(manifest.classes):,} classes for {manifest.count:,} {manifest.noun}, so most have one of "
            "their own; --labels none packs them without."
        )
