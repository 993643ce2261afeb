"""NPY and NPZ files: which of their arrays are the images, how these lie in it, and what labels they have."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganstudio.data.labels.classes import number_classes
from ganstudio.data.sources import parts
from ganstudio.data.sources.arrays import check_sides, rows_of, stamp
from ganstudio.data.sources.ranges import bytes_of
from ganstudio.data.sources.source import Stack
from ganstudio.errors import DataError
from ganstudio.workspace import digest_of

_PART = "|".join(sorted(parts.WORDS, key=len, reverse=True))
_IMAGE_NAMES = ("images", "image", "imgs", "img", "x", "data", "pixels", "samples", "inputs", "arr_0")
_LABEL_NAMES = ("labels", "label", "lbls", "lbl", "y", "targets", "target", "classes", "class", "arr_1")
_LEAST_FLAT = 64  # numbers a row, from which it may be a square image
_SHAPES = "[N, H, W], [N, H, W, C], [N, C, H, W], or [N, S * S] of square ones"


@dataclass(frozen=True)
class _ArrayNames:
    """The names of the arrays that are read, "" being the only one of an .npy file; `notes` tell what is not."""

    images: str
    labels: str | None
    part: str = ""
    notes: tuple[str, ...] = ()


def numpy_file(path: Path, part: str = "", labelled: bool = True) -> Stack:
    """The array of an .npy file, or one part's images (and labels) of an .npz, in one of the shapes in _SHAPES.

    Bytes are taken as they are; what other numbers mean, `ranges.bytes_of` says. Raises DataError, and UsageError
    where there is no such part.
    """
    names = _array_names(path, part)
    with _member(path, names.images) as stream:
        shape, fortran, dtype = _numpy_head(stream, path)
    if fortran and len(shape) > 1:
        raise DataError(f"{path}: is stored column by column; save np.ascontiguousarray(images) instead.")
    if dtype.kind not in "buif":
        raise DataError(
            f"{path}: holds {dtype}; images are numbers.",
            hint="Save it by np.savez(FILE, images=np.stack(list(images)))",
        )
    count, size, channels_first, notes = _layout(shape, path)
    height, width, channels = size

    def raw() -> Iterator[NDArray[Any]]:
        with _member(path, names.images) as stream:
            _numpy_head(stream, path)
            for rows in rows_of(stream, dtype, shape, path):
                yield (rows.transpose(0, 2, 3, 1) if channels_first else rows).reshape(-1, height, width, channels)

    scaled, on_range = bytes_of(raw, dtype, path)
    labels, classes, attributes = _labels(path, names, count) if labelled else (None, (), ())
    blocks = lambda: map(scaled, raw())  # noqa: E731
    fingerprint = digest_of([stamp(path), names.images]) if names.part else stamp(path)
    notes = (*names.notes, *notes, *on_range)
    return Stack(path.resolve(), count, size, blocks, fingerprint, classes, labels, attributes, notes)


def _array_names(path: Path, part: str) -> _ArrayNames:
    """Which arrays are meant. Raises DataError where none is called as images are, UsageError for another part."""
    if path.suffix.lower() == ".npy":
        parts.choose_part([""], part, path.name)
        return _ArrayNames("", None)
    names = _names(path)
    images, labels = _by_part(names, _IMAGE_NAMES), _by_part(names, _LABEL_NAMES)
    if not images and len(names) == 1:
        images = {"": names[0]}
    if not images:
        raise DataError(
            f"{path}: holds no array called images or x, but {', '.join(names)}.",
            hint="Save it by np.savez(FILE, images=images, labels=labels)",
        )
    part, note = parts.choose_part(images, part, path.name)
    used = {*images.values(), *labels.values()}
    left = [name for name in names if name not in used]
    notes = [note] if note else []
    if left:
        notes.append(f"{path.name}: these arrays are neither images nor labels by their names: {', '.join(left)}.")
    return _ArrayNames(images[part], labels.get(part), part, tuple(notes))


def _by_part(names: list[str], known: tuple[str, ...]) -> dict[str, str]:
    """The first of `names` that is one of `known` in each part, whatever the case: x_train, TrainX, train_images."""
    words = "|".join(known)
    pattern = re.compile(rf"(?:({_PART})[_./-]?)?({words})|({words})[_./-]?({_PART})")
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        if match := pattern.fullmatch(name.lower()):
            part = parts.canonical_part(match[1] or match[4] or "")
            best[part] = min(best.get(part, (len(known), "")), (known.index(match[2] or match[3]), name))
    return {part: name for part, (_, name) in best.items()}


def _layout(shape: tuple[int, ...], path: Path) -> tuple[int, tuple[int, int, int], bool, tuple[str, ...]]:
    """Number of images, (H, W, C) of each, whether channels come first, and notes. Raises DataError."""
    if 0 in shape:
        raise DataError(f"{path}: holds no image: its shape is {list(shape)}.")
    if len(shape) == 2:
        side = math.isqrt(shape[1])
        if side * side == shape[1] >= _LEAST_FLAT and shape[0] != shape[1]:
            check_sides(shape[0], side, side, path)
            return shape[0], (side, side, 1), False, (f"Each row of {shape[1]} numbers is read as {side} x {side}.",)
    if len(shape) not in (3, 4):
        raise DataError(
            f"{path}: has the shape {list(shape)}; images are {_SHAPES}.", hint="Save images.reshape(N, H, W)"
        )
    if len(shape) == 3 and shape[2] <= 4 < shape[1]:
        raise DataError(
            f"{path}: has the shape {list(shape)}, as one picture of {shape[2]} channels; several are {_SHAPES}.",
            hint="Save images[None]: one picture as a set of one",
        )
    first = len(shape) == 4 and shape[3] > 4 and shape[1] <= 4
    count, *size = (shape[0], *shape[2:], shape[1]) if first else shape
    height, width, channels = (*size, 1)[:3]
    check_sides(count, height, width, path)
    if channels > 4:
        raise DataError(f"{path}: has {channels} channels; images have 1 to 4.")
    return count, (height, width, channels), first, ()


def _labels(
    path: Path, names: _ArrayNames, count: int
) -> tuple[NDArray[np.int64] | None, tuple[str, ...], tuple[str, ...]]:
    """Labels, classes and attributes, of which one is (); None where there are no labels. Raises DataError."""
    if names.labels is None:
        return None, (), ()
    try:
        with _member(path, names.labels) as stream:
            labels: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"{path}: its labels cannot be read: {error}.", hint="--labels none   # or save labels.astype(str)"
        ) from None
    wrong = DataError(
        f"{path}: its labels are {labels.dtype} {list(labels.shape)} for {count} images; one a picture is needed, or a "
        "row of 0 and 1.",
        hint="--labels none   # packs the images alone",
    )
    if labels.dtype.kind not in "buifUS" or not labels.size:
        raise wrong
    if labels.size == count:
        classes, labels = number_classes(_class_names_of(labels.reshape(-1), path))
        return labels, classes, ()
    if labels.ndim != 2 or len(labels) != count or labels.dtype.kind in "US" or not np.isin(labels, (0, 1)).all():
        raise wrong
    rows = labels.astype(np.int64)
    columns = tuple(str(k) for k in range(rows.shape[1]))
    if (rows.sum(axis=1) == 1).all():
        return rows.argmax(axis=1), columns, ()
    return rows, (), tuple(f"label{name}" for name in columns)


def _class_names_of(values: NDArray[Any], path: Path) -> list[str]:
    """The class that each of `values` [N] names; whole numbers without a decimal point. Raises DataError."""
    if values.dtype.kind == "S":
        return [bytes(value).decode(errors="backslashreplace") for value in values]
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise DataError(f"{path}: some of its labels are NaN or infinite.", hint="--labels none")
        whole = values == np.rint(values)
        return [str(int(value)) if is_whole else str(value) for value, is_whole in zip(values, whole, strict=True)]
    return [str(value) for value in values]


def _names(path: Path) -> list[str]:
    """The arrays of an .npz file. Raises DataError where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
    except Exception as error:  # a damaged zip fails in many ways
        raise DataError(f"{path}: is no .npz file, or a damaged one: {error}.") from None
    if not names:
        raise DataError(f"{path}: holds no array.", hint="Save it by np.savez(FILE, images=images, labels=labels)")
    return names


def _member(path: Path, name: str) -> IO[bytes]:
    """An .npy file, or the array called `name` of an .npz, ready to be read. Raises DataError."""
    if not name:
        return path.open("rb")
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.open(f"{name}.npy" if f"{name}.npy" in archive.namelist() else name)
    except Exception as error:
        raise DataError(f"{path}: is no .npz file, or a damaged one: {error}.") from None


def _numpy_head(stream: IO[bytes], path: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    with suppress(Exception):  # a damaged header is read as Python's own syntax, and fails in all its ways
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if (version := npy.read_magic(stream)) in readers:
            shape, fortran, dtype = readers[version](stream)
            return shape, fortran, dtype
    raise DataError(f"{path}: holds no numpy array, or a damaged one.")
