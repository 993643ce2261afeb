"""Which reader opens a path: folders and archives of pictures, or files of arrays. Nothing is decoded here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, assert_never

from ganstudio.data.sources.source import Listing, Source, Stack
from ganstudio.errors import DataError, UsageError, quoted
from ganstudio.workspace import nearest_path

# How what lies at several paths makes one data set. paired: pictures in the first folder, what becomes of them in the
# second; split-width: both in one file, left and right; domains: folders of pictures that a translation goes between.
Layout = Literal["", "paired", "split-width", "domains"]
LABEL_FILES = (".csv", ".tsv", ".json", ".jsonl")  # that stand for the pictures beside them


def open_source(
    path: Path, labels: str = "auto", part: str = "", layout: Layout = "", beside: Sequence[str | Path] = ()
) -> Source:
    """What lies at `path`, and at `beside` in this `layout`: pictures, or a file or folder of arrays.

    `labels` is `auto` (a dataset.json inside where it holds labels, else sub-folders), `folders`, `none`, or a file:
    a CSV of file and label(s), a dataset.json, CelebA's list of attributes. `part` is the one that is meant of arrays
    that come in several, such as train and test; else it is the training part, and a note says so.

    Raises DataError where there is nothing that can be read, and UsageError where `labels` or `part` does not fit.
    """
    from ganstudio.data.sources import pairs

    match layout:
        case "":
            return _open_one(Path(path), labels, part)
        case "paired":
            sources, targets = (_pictures(one, labels, part, layout) for one in (path, *beside))
            return pairs.pair(sources, targets)
        case "split-width":
            return pairs.halves(_pictures(path, labels, part, layout))
        case "domains":
            return pairs.domains([_pictures(one, "none", part, layout) for one in (path, *beside)])
        case unreachable:
            assert_never(unreachable)


def _pictures(path: str | Path, labels: str, part: str, layout: Layout) -> Listing:
    """The pictures at one of the paths of a `layout`. Raises UsageError where there are arrays."""
    source = _open_one(Path(path), labels, part)
    if isinstance(source, Stack):
        raise UsageError(f"{path}: holds arrays; --{layout} is for folders and zips of pictures.")
    return source


def _open_one(path: Path, labels: str, part: str) -> Source:
    from ganstudio.data.labels import annotations
    from ganstudio.data.sources import archives, folders, parts

    part = parts.canonical_part(part)
    if (opener := array_reader(path, labels != "none")) is not None:
        return _stack(opener(path, part), labels)
    if part:
        inside = [path / part] if (path / part).is_dir() else []
        raise UsageError(
            f"--part {part}: goes with arrays that come in parts (NPZ, IDX, CIFAR); {path} holds pictures.",
            hint=f"ganstudio data add {quoted(inside[0])}" if inside else "Leave --part out",
        )
    if path.suffix.lower() in LABEL_FILES and path.is_file():
        return annotations.annotate(folders.list_folder(path.parent), path)
    if path.is_file() and path.suffix.lower() == ".zip":
        listing = archives.list_zip(path)
    elif archives.is_database(path):
        listing = archives.list_database(path)
    else:
        listing = folders.list_folder(path)
    return _labelled(listing, labels)


def _stack(stack: Stack, labels: str) -> Stack:
    match labels:
        case "auto" | "folders":
            return stack
        case "none":
            return replace(stack, classes=(), labels=None)
        case _:
            raise UsageError(
                f"--labels {labels}: {stack.root} holds arrays, whose labels come with them. Nearest: none."
            )


def _labelled(listing: Listing, labels: str) -> Listing:
    from ganstudio.data.labels import annotations

    match labels:
        case "none":
            return annotations.without_labels(annotations.without_labels_file(listing))
        case "folders":
            return annotations.without_labels_file(listing)
        case "auto":
            return annotations.annotate_from_dataset_json(listing)
        case "dataset.json":
            return annotations.annotate_from_dataset_json(listing, required=True)
        case _:
            file = Path(labels)
            if not file.is_file():
                known = "folders, none, dataset.json, or a CSV file of file and label(s)"
                raise DataError(
                    f"--labels {labels}: there is no such file. {nearest_path(labels) or f'Known: {known}.'}"
                )
            return annotations.annotate(listing, file)


def array_reader(path: Path, labelled: bool = True) -> Callable[[Path, str], Stack] | None:
    """What reads a part of `path` as arrays ("" being the training part), None where it is something else.

    Labels that nobody asked for are not even looked at: they may be what is wrong with a file.
    """
    from ganstudio.data.sources import cifar, idx
    from ganstudio.data.sources.numpy_files import numpy_file

    if not (path.is_dir() or path.is_file()):
        return None
    if idx.is_here(path):
        return idx.read_idx
    if path.is_file() and path.suffix.lower() in (".npy", ".npz"):
        return partial(numpy_file, labelled=labelled)
    return cifar.read_cifar if cifar.is_here(path) else None
