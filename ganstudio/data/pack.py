"""Images from wherever they are into a packed data set."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal, assert_never, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from ganstudio.data.catalog import KNOWN
from ganstudio.data.convert import summary, survey, without_colour, write, write_stack
from ganstudio.data.decode import Fit, Look, framed
from ganstudio.data.labels.classes import numbered, present
from ganstudio.data.manifest import Enlarged, Manifest, Packing, Skipped
from ganstudio.data.opening import LABEL_FILES, open_source
from ganstudio.data.packed_files import keep_files
from ganstudio.data.parallel import Crew, default_workers
from ganstudio.data.sources.class_folders import folder_advice, without_strays
from ganstudio.data.sources.source import Listing, Picture, Source, Stack
from ganstudio.data.staging import PixelWriter, publish, seal, staging
from ganstudio.data.store import DataSet, Progress, check_legal, check_name, list_sets, names, silent, taken
from ganstudio.errors import DataError, StudioError, UsageError, quoted
from ganstudio.workspace import data_home, write_json

Mode = Literal["rgb", "gray"]

SIZES = range(8, 4097)
DEFAULT_SIZES = (8, 16, 32, 64, 128, 256)
_FEW_BYTES = 8_000_000  # below, starting processes takes longer than the work
_MANY_CLASSES = 16  # from here on, more classes than half the images are told
_MOST_WORKERS = 8  # each takes some hundred megabytes; together they stay below two gigabytes


def add(
    path: Path,
    name: str | None = None,
    *,
    size: int | None = None,
    fit: Fit = "crop",
    mode: Mode | None = None,
    background: str = "white",
    labels: str = "auto",
    part: str = "",
    strict: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
    replace: bool = False,
) -> DataSet:
    """The images at `path` (what `open_source` reads), packed as `name` (the folder's or file's own unless given).

    With `replace` it takes the place of a set of that name, and what was derived from that goes.

    `size` is the side in pixels, `default_size` of the images found unless given; `mode` is gray where every image is
    grey, unless given; alpha is laid over `background`, and so are the bars of fit "pad". `labels` and `part` are as
    `open_source` has them. With `strict`, a file that cannot be read is an error.

    Raises:
        DataError: nothing there, no image in it, or a file that cannot be read where `strict`.
        UsageError: an option out of range, or a name that is taken.
        StudioError: the data directory cannot be written, or is full.
    """
    check_options(size, workers)
    name = default_name(path) if name is None else name
    (check_legal if replace else check_name)(name)
    source = open_source(path, labels, part)
    how = Packing(source.fingerprint, fit, mode, background, kept_labels(path, labels), part)
    with staging() as folder:
        manifest = pack_source(folder, source, how, name, size, strict, workers, progress)
        keep_files(folder, source)
        if not publish(folder, manifest, replace):
            raise taken(name)
    return DataSet.load(data_home() / name)


def check_options(size: int | None, workers: int | None) -> None:
    if size is not None and size not in SIZES:
        raise UsageError(f"--size: from {SIZES[0]} to {SIZES[-1]} pixels; got {size}.")
    if workers is not None and workers < 1:
        raise UsageError(f"--workers: at least 1; got {workers}.")


def kept_labels(path: Path, labels: str) -> str:
    """`labels` as a later packing of the same source finds it again, from whatever folder."""
    if path.suffix.lower() in LABEL_FILES:
        return str(path.resolve())
    known = ("auto", "folders", "none", "dataset.json")
    return labels if labels in known else str(Path(labels).resolve())


def add_once(path: Path, progress: Progress = silent, permit: Callable[[str, int], None] | None = None) -> DataSet:
    """The data set that was packed from `path` as it is now, else a new one made with all defaults.

    A folder that has changed becomes a new data set, NAME-2, because trainings that began on the old one may go on; it
    is packed with the options of the old one, which a note says. Before a new one is packed `permit` is told its name
    and how many images it has at most; what it raises leaves nothing made.
    """
    with _suggesting_data_add(path):
        source, name = open_source(path), default_name(path)
    origin = str(source.root)
    packed = [data for data in list_sets() if data.manifest.source == origin and data.manifest.parent is None]
    packed.sort(key=lambda data: (data.manifest.name != name, data.manifest.name))
    how, size = Packing(source.fingerprint, "crop", None, "white", kept_labels(path, "auto")), None
    notes: tuple[str, ...] = ()
    for data in packed:
        before = data.manifest.packing
        if before is None or (path.is_file() and before.labels != how.labels):
            continue  # a file of labels beside the pictures is not the folder that they lie in
        again = open_source(path, before.labels, before.part)
        if before.part and again.fingerprint != open_source(path, before.labels).fingerprint:
            continue  # --part test is not what the file alone means
        if again.fingerprint == before.listing:
            return data
        if not notes:
            source, how, size = again, before._replace(listing=again.fingerprint), data.manifest.resolution
            notes = (f"{path} has changed since it was packed as {data.manifest.name}, whose size and options it has.",)
    if permit is not None:
        permit(name, source.count)
    with _suggesting_data_add(path), staging() as folder:
        manifest = pack_source(folder, source, how, name, size, False, None, progress)
        manifest = replace(manifest, notes=(*notes, *manifest.notes))
        keep_files(folder, source)
        for candidate in _candidates(name):
            if candidate not in names() and publish(folder, replace(manifest, name=candidate)):
                return DataSet.load(data_home() / candidate)
            other = next((data for data in list_sets() if data.manifest.name == candidate), None)
            if other and (other.manifest.source, other.manifest.fingerprint) == (origin, manifest.fingerprint):
                # the same pixels under new times, or another process was first: what is there serves
                write_json(other.path / "manifest.json", replace(manifest, name=candidate).as_record())
                return DataSet.load(other.path)
    raise AssertionError("names never run out")


@contextmanager
def _suggesting_data_add(path: Path) -> Iterator[None]:
    """Options that an error suggests become a `data add` of `path`: they are none of the command that was typed."""
    try:
        yield
    except StudioError as error:
        if error.hint and error.hint.startswith("--"):
            then = f"{';' if '   #' in error.hint else '   #'} then --data {default_name(path)}"
            error.hint = f"ganstudio data add {quoted(path)} {error.hint}{then}"
        raise


def pack_source(
    folder: Path,
    source: Source,
    how: Packing,
    name: str,
    size: int | None,
    strict: bool,
    workers: int | None,
    progress: Progress,
    parent: str | None = None,
) -> Manifest:
    """The manifest of a store that was written into the staged `folder`."""
    crew = workers or default_workers(_MOST_WORKERS)
    match source:
        case Listing():
            made = _pack_listing(folder, source, how, name, size, strict, crew, progress, parent)
        case Stack():
            made = _pack_stack(folder, source, how, name, size, crew, progress, parent)
        case unreachable:
            assert_never(unreachable)
    return replace(made, notes=(*source.notes, *made.notes, *_on_classes(made), *folder_advice(made)))


def _pack_listing(
    folder: Path,
    listing: Listing,
    how: Packing,
    name: str,
    size: int | None,
    strict: bool,
    workers: int,
    progress: Progress,
    parent: str | None,
) -> Manifest:
    background = colour(how.background)
    with Crew(1 if listing.bytes < _FEW_BYTES else workers) as crew:
        progress(0, len(listing.pictures))  # reading the headers of many files takes a while
        pictures, glances, unreadable = survey(crew, listing.pictures)
        pictures, glances, left_out, notes = without_strays(pictures, glances, how.labels)
        skipped = [*listing.skipped, *unreadable, *left_out]
        _judge(listing, len(pictures), skipped, False)
        over_grey = len(set(background)) == 1
        gray = how.mode == "gray" or (how.mode is None and over_grey and all(seen.grey for seen in glances))
        side = size or default_size([seen.short_side for seen in glances])
        highest = max((seen.highest for seen in glances if seen.highest is not None), default=None)
        look = Look(side, 1 if gray else 3, cast("Fit", how.fit), background, highest)
        writer = PixelWriter(folder / "images.npy", side, look.channels)
        packed, unreadable, colourless = write(crew, pictures, look, writer, progress)
    skipped = sorted([*skipped, *unreadable])
    _judge(listing, len(packed), skipped, strict)
    if how.mode is None and not gray and colourless:
        writer = without_colour(folder, writer)
    classes, labels = _labels_of(packed, listing.attributes)
    made = seal(
        folder,
        writer,
        name=name,
        source=str(listing.root),
        classes=classes,
        attributes=listing.attributes,
        labels=labels,
        skipped=tuple(skipped),
        packing=how,
        parent=parent,
        sources=summary(glances),
        enlarged=_enlarged([seen.size or (seen.short_side, seen.short_side) for seen in glances], how.fit, side),
    )
    return replace(made, notes=tuple(notes))


def _pack_stack(
    folder: Path,
    stack: Stack,
    how: Packing,
    name: str,
    size: int | None,
    workers: int,
    progress: Progress,
    parent: str | None,
) -> Manifest:
    height, width, channels = stack.shape
    side = size or default_size([min(height, width)])
    gray = how.mode == "gray" or (how.mode is None and channels <= 2)
    look = Look(side, 1 if gray else 3, cast("Fit", how.fit), colour(how.background))
    writer = PixelWriter(folder / "images.npy", side, look.channels)
    small = stack.count * height * width * channels < _FEW_BYTES
    as_it_is = side == height == width and channels == look.channels
    with Crew(1 if small or as_it_is else workers) as crew:
        colourless = write_stack(crew, stack, look, writer, progress)
    if how.mode is None and not gray and colourless:
        writer = without_colour(folder, writer)
    classes, labels = stack.classes, stack.labels
    if labels is not None and not stack.attributes:
        classes, labels = present(classes, labels)
    return seal(
        *(folder, writer),
        name=name,
        source=str(stack.root),
        classes=classes,
        attributes=stack.attributes,
        labels=labels,
        packing=how,
        parent=parent,
        enlarged=None if framed(height, width, side) else _enlarged([(width, height)], how.fit, side, stack.count),
    )


def _enlarged(sizes: Sequence[tuple[int, int]], fit: str, side: int, times: int = 1) -> Enlarged | None:
    """What of images of these sizes, so many `times`, is made larger where all become `side` pixels."""
    reach = max if fit == "pad" else min
    smaller = [reach(size) for size in sizes if reach(size) < side]
    return Enlarged(len(smaller) * times, int(statistics.median(smaller))) if smaller else None


def default_size(short_sides: Sequence[int]) -> int:
    """The power of two from 8 to 256 that is nearest, by ratio, to the median: 28 -> 32, 100 -> 128, 4000 -> 256."""
    middle = statistics.median(short_sides)
    return min(DEFAULT_SIZES, key=lambda size: max(size / middle, middle / size))


def default_name(path: Path) -> str:
    """The folder's or file's name, with what a data set's name cannot hold replaced by "-"."""
    name = path.resolve().name
    if path.is_file():
        name = re.sub(r"\.(zip|npz|npy|csv|tsv|json|jsonl|tar|tar\.gz)$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:80] or "images"


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


def _labels_of(
    packed: Sequence[Picture], attributes: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """The names of the classes and the class of each picture [N]; () and None where one picture has none.

    With `attributes` there are no classes, and labels are [N, A].
    """
    found = [picture.label for picture in packed if picture.label is not None]
    if not found or len(found) < len(packed):
        return (), None
    if attributes:
        return (), np.array(found, np.int64)
    return numbered([str(label) for label in found])


def _on_classes(manifest: Manifest) -> Iterator[str]:
    """A sentence on classes that are hardly any: most images have one of their own."""
    if len(manifest.classes) > max(_MANY_CLASSES, manifest.count // 2):
        yield (
            f"There are {len(manifest.classes):,} classes for {manifest.count:,} {manifest.noun}, so most have one of "
            "their own; --labels none packs them without."
        )


def _judge(listing: Listing, readable: int, skipped: Sequence[Skipped], strict: bool) -> None:
    """Raises DataError where nothing could be read, or, where `strict`, not everything."""
    if readable and not (strict and skipped):
        return
    examples = "; ".join(f"{entry.file}: {entry.reason}" for entry in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    if readable:
        raise DataError(
            f"{listing.root}: {len(skipped)} of {len(skipped) + readable} files cannot be packed ({examples}{more}).",
            hint="Remove them, or leave out --strict to skip them",
        )
    raise DataError(
        f"{listing.root}: no image among {len(skipped)} files ({examples}{more}).",
        hint="ganstudio data add FOLDER   # with PNG, JPEG, WebP, GIF, TIFF or other images in it or its sub-folders",
    )
