"""A folder of images into a packed data set."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from ganstudio.data.catalog import KNOWN
from ganstudio.data.convert import summary, survey, without_colour, write
from ganstudio.data.decode import Fit, Look
from ganstudio.data.manifest import Manifest, Packing, Skipped
from ganstudio.data.parallel import Crew, cores
from ganstudio.data.readers import Listing, Picture, list_folder
from ganstudio.data.staging import PixelWriter, publish, seal, staging
from ganstudio.data.store import DataSet, Progress, check_name, list_sets, names, silent, taken
from ganstudio.errors import DataError, UsageError
from ganstudio.workspace import data_home, write_json

Mode = Literal["rgb", "gray"]
Labels = Literal["folders", "none"]

SIZES = range(8, 4097)
DEFAULT_SIZES = (8, 16, 32, 64, 128, 256)
_FEW_BYTES = 8_000_000  # below, starting processes takes longer than the work


def add(
    path: Path,
    name: str | None = None,
    *,
    size: int | None = None,
    fit: Fit = "crop",
    mode: Mode | None = None,
    background: str = "white",
    labels: Labels = "folders",
    strict: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
) -> DataSet:
    """The images under `path`, packed as `name` (the folder's own name unless given).

    `size` is the side in pixels, `default_size` of the images found unless given; `mode` is gray where every image is
    grey, unless given; alpha is laid over `background`, and so are the bars of fit "pad". Classes are the sub-folders,
    sorted; where images lie in the folder itself there are none. With `strict`, a file that cannot be read is an error.

    Raises:
        DataError: no folder, no image in it, or a file that cannot be read where `strict`.
        UsageError: an option out of range, or a name that is taken.
        StudioError: the data directory cannot be written, or is full.
    """
    listing = list_folder(path)
    name = default_name(path) if name is None else name
    check_name(name)
    if size is not None and size not in SIZES:
        raise UsageError(f"--size: from {SIZES[0]} to {SIZES[-1]} pixels; got {size}.")
    if workers is not None and workers < 1:
        raise UsageError(f"--workers: at least 1; got {workers}.")
    how = Packing(listing.fingerprint, fit, mode, background, labels)
    with staging() as folder:
        manifest = pack_listing(folder, listing, how, name, size, strict, workers or cores(), progress)
        if not publish(folder, manifest):
            raise taken(name)
    return DataSet.load(data_home() / name)


def add_once(path: Path, progress: Progress = silent) -> DataSet:
    """The data set that was packed from the folder at `path` as it is now, else a new one made with all defaults.

    A folder that has changed becomes a new data set, NAME-2, because trainings that began on the old one may go on.
    """
    listing = list_folder(path)
    source, name = str(listing.root), default_name(path)
    packed = [data for data in list_sets() if data.manifest.source == source and data.manifest.parent is None]
    packed.sort(key=lambda data: (data.manifest.name != name, data.manifest.name))
    for data in packed:
        if data.manifest.packing and data.manifest.packing.listing == listing.fingerprint:
            return data
    how = Packing(listing.fingerprint, "crop", None, "white", "folders")
    with staging() as folder:
        manifest = pack_listing(folder, listing, how, name, None, False, cores(), progress)
        for candidate in _candidates(name):
            if candidate not in names() and publish(folder, replace(manifest, name=candidate)):
                return DataSet.load(data_home() / candidate)
            other = next((data for data in list_sets() if data.manifest.name == candidate), None)
            if other and (other.manifest.source, other.manifest.fingerprint) == (source, manifest.fingerprint):
                # the same pixels under new times, or another process was first: what is there serves
                write_json(other.path / "manifest.json", replace(manifest, name=candidate).as_record())
                return DataSet.load(other.path)
    raise AssertionError("names never run out")


def pack_listing(
    folder: Path,
    listing: Listing,
    how: Packing,
    name: str,
    size: int | None,
    strict: bool,
    workers: int,
    progress: Progress,
    parent: str | None = None,
) -> Manifest:
    """The manifest of a store that was written into the staged `folder`."""
    background = colour(how.background)
    with Crew(1 if listing.bytes < _FEW_BYTES else workers) as crew:
        pictures, glances, unreadable = survey(crew, listing.pictures)
        skipped = [*listing.skipped, *unreadable]
        _judge(listing, len(pictures), skipped, strict)
        over_grey = len(set(background)) == 1
        gray = how.mode == "gray" or (how.mode is None and over_grey and all(seen.grey for seen in glances))
        side = size or default_size([seen.short_side for seen in glances])
        look = Look(side, 1 if gray else 3, cast("Fit", how.fit), background)
        writer = PixelWriter(folder / "images.npy", side, look.channels)
        packed, unreadable, colourless = write(crew, pictures, look, writer, progress)
    skipped = sorted([*skipped, *unreadable])
    _judge(listing, len(packed), skipped, strict)
    if how.mode is None and not gray and colourless:
        writer = without_colour(folder, writer)
    classes, labels = _classes(packed if how.labels == "folders" else [])
    return seal(
        folder,
        writer,
        name=name,
        source=str(listing.root),
        classes=classes,
        labels=labels,
        skipped=tuple(skipped),
        packing=how,
        parent=parent,
        sources=summary(glances),
    )


def default_size(short_sides: Sequence[int]) -> int:
    """The power of two from 8 to 256 that is nearest, by ratio, to the median: 28 -> 32, 100 -> 128, 4000 -> 256."""
    middle = statistics.median(short_sides)
    return min(DEFAULT_SIZES, key=lambda size: max(size / middle, middle / size))


def default_name(path: Path) -> str:
    """The folder's name, with what a data set's name cannot hold replaced by "-"."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name).strip("-._")[:80] or "images"


def colour(text: str) -> tuple[int, int, int]:
    """Red, green and blue of a name or #rrggbb. Raises UsageError."""
    try:
        red, green, blue, *_ = ImageColor.getrgb(text)
    except ValueError:
        raise UsageError(f"--background: a name such as white or black, or #rrggbb; got {text!r}.") from None
    return red, green, blue


def _candidates(name: str) -> Iterator[str]:
    if name not in KNOWN:
        yield name
    yield from (f"{name}-{n}" for n in count(2))


def _classes(packed: Sequence[Picture]) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """The names of the classes and the class of each picture; () and None where one lies outside all sub-folders."""
    folders = [picture.label for picture in packed if picture.label is not None]
    if not folders or len(folders) < len(packed):
        return (), None
    classes = sorted(set(folders))
    place = {name: index for index, name in enumerate(classes)}
    return tuple(classes), np.array([place[name] for name in folders], np.int64)


def _judge(listing: Listing, readable: int, skipped: Sequence[Skipped], strict: bool) -> None:
    """Raises DataError where nothing could be read, or, where `strict`, not everything."""
    if readable and not (strict and skipped):
        return
    examples = "; ".join(f"{entry.file}: {entry.reason}" for entry in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    if readable:
        raise DataError(
            f"{listing.root}: {len(skipped)} of {len(skipped) + readable} files cannot be read ({examples}{more}).",
            hint="Remove them, or leave out --strict to skip them",
        )
    raise DataError(
        f"{listing.root}: no image among {len(skipped)} files ({examples}{more}).",
        hint="ganstudio data add FOLDER, with PNG, JPEG, WebP, GIF, TIFF or other images in it or its sub-folders",
    )
