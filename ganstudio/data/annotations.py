"""Labels that stand in a file of their own: a CSV, a StyleGAN dataset.json, CelebA's list of attributes.

One label a picture is its class. Several are attributes, each of them 0 or 1, [N, A].
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ganstudio.data.archives import read_member
from ganstudio.data.manifest import Skipped
from ganstudio.data.readers import Label, Listing
from ganstudio.errors import DataError
from ganstudio.workspace import digest_of

DATASET_JSON = "dataset.json"
_HEADS = frozenset({"file", "filename", "file_name", "path", "image", "image_id", "name", "id"})
_TRUTH = {"1": 1, "0": 0, "-1": 0, "true": 1, "false": 0, "yes": 1, "no": 0}


@dataclass(frozen=True)
class Annotations:
    """`labels` by file name; `attributes` names their places where they are several."""

    file: Path
    labels: Mapping[str, Label]
    attributes: tuple[str, ...] = ()


def annotate(listing: Listing, file: Path) -> Listing:
    """`listing` with the labels that `file` gives; a picture without one is skipped, so is a name without a picture.

    A name that is no path in the listing is looked for by its last part. Raises DataError where `file` cannot be used.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}.") from None
    found = read(file, text, {picture.name for picture in listing.pictures})
    own = file.resolve()
    rest = replace(listing, pictures=tuple(p for p in listing.pictures if Path(p.where.path) != own))
    return _joined(without_labels_file(rest), found)


def annotate_by_itself(listing: Listing, required: bool = False) -> Listing:
    """`listing` with the labels of the dataset.json in it, where that holds some. Raises DataError where `required`."""
    inside = next((picture for picture in listing.pictures if picture.name == DATASET_JSON), None)
    if inside is None:
        if required:
            raise DataError(
                f"{listing.root}: there is no {DATASET_JSON} in it.", hint="--labels folders, or a CSV file"
            )
        return listing
    content = read_member(inside.where) if inside.where.member else Path(inside.where.path).read_bytes()
    rest = without_labels_file(listing)
    found = _dataset_json(Path(DATASET_JSON), content.decode(errors="replace"))
    if found.labels:
        return _joined(rest, found)
    if required:
        raise DataError(f"{listing.root}: its {DATASET_JSON} holds no labels.", hint="--labels folders")
    # StyleGAN's tools put images into numbered folders, which are no classes
    return replace(rest, pictures=tuple(picture._replace(label=None) for picture in rest.pictures))


def without_labels_file(listing: Listing) -> Listing:
    """`listing` less the dataset.json in it, which is no picture that failed."""
    return replace(listing, pictures=tuple(p for p in listing.pictures if p.name != DATASET_JSON))


def read(file: Path, text: str, pictures: Iterable[str]) -> Annotations:
    """The labels in `text`, in the format that the name of `file` says. Raises DataError."""
    if file.suffix.lower() == ".json":
        return _dataset_json(file, text)
    if file.name.startswith("list_attr"):
        return _celeba(file, text)
    return _csv(file, text, frozenset(pictures))


def _csv(file: Path, text: str, pictures: frozenset[str]) -> Annotations:
    rows = [row for row in csv.reader(text.splitlines(), delimiter=_delimiter(text)) if any(row)]
    if not rows or len(rows[0]) < 2:
        raise DataError(f"{file}: each line needs a file and at least one label, with a comma between them.")
    last_parts = {PurePosixPath(name).name for name in pictures}
    first = rows[0][0].strip()
    is_head = first.lower() in _HEADS or (first not in pictures and PurePosixPath(first).name not in last_parts)
    names = (
        tuple(name.strip() for name in rows[0][1:]) if is_head else tuple(f"label{k}" for k in range(len(rows[0]) - 1))
    )
    labels: dict[str, Label] = {}
    for number, row in enumerate(rows[is_head:], 1 + is_head):
        if len(row) != len(names) + 1:
            raise DataError(f"{file}: line {number} has {len(row)} columns; the first has {len(names) + 1}.")
        name, *values = (cell.strip() for cell in row)
        if len(names) == 1:
            if values[0]:
                labels[_posix(name)] = values[0]
        else:
            labels[_posix(name)] = _truths(values, names, f"{file}: line {number}")
    return Annotations(file, labels, names if len(names) > 1 else ())


def _delimiter(text: str) -> str:
    line = text.split("\n", 1)[0]
    return max(",;\t", key=line.count)


def _truths(values: Iterable[str], names: tuple[str, ...], where: str) -> tuple[int, ...]:
    truths = []
    for value, name in zip(values, names, strict=True):
        if value.lower() not in _TRUTH:
            raise DataError(f"{where}: {name} is {value!r}; of several labels each is 0 or 1 (or -1 and 1).")
        truths.append(_TRUTH[value.lower()])
    return tuple(truths)


def _celeba(file: Path, text: str) -> Annotations:
    """`list_attr_celeba.txt`, Liu et al. 2015 (arXiv:1411.7766): a count, the names, a line a picture of -1 and 1."""
    _, head, *lines = [*text.splitlines(), "", ""]
    names = tuple(head.split())
    if not names:
        raise DataError(f"{file}: is no list of attributes: its second line names none.")
    labels: dict[str, Label] = {}
    for number, line in enumerate(filter(None, lines), 3):
        name, *values = line.split()
        if len(values) != len(names):
            raise DataError(f"{file}: line {number} has {len(values)} values for {len(names)} attributes.")
        labels[name] = _truths(values, names, f"{file}: line {number}")
    return Annotations(file, labels, names)


def _dataset_json(file: Path, text: str) -> Annotations:
    """As StyleGAN's dataset tool writes it: {"labels": [["00000/img00000000.png", 6], ...]}, or null."""
    try:
        entries = json.loads(text)["labels"] or []
        pairs = [(str(name), label) for name, label in entries]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{file}: is no dataset.json: {error}.") from None
    if all(type(label) is int for _, label in pairs):
        return Annotations(file, {_posix(name): str(label) for name, label in pairs})
    widths = {len(label) if isinstance(label, list) else 0 for _, label in pairs}
    if len(widths) != 1 or 0 in widths:
        raise DataError(f"{file}: its labels are neither whole numbers nor lists of one length.")
    names = tuple(f"label{k}" for k in range(widths.pop()))
    return Annotations(
        file, {_posix(name): _truths(map(_spelt, label), names, f"{file}: {name}") for name, label in pairs}, names
    )


def _spelt(value: object) -> str:
    return str(int(value)) if isinstance(value, float | int) and value == int(value) else str(value)


def _posix(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


def _joined(listing: Listing, found: Annotations) -> Listing:
    by_name = {picture.name: picture for picture in listing.pictures}
    by_last_part = {PurePosixPath(name).name: picture for name, picture in by_name.items()}
    unique = len(by_last_part) == len(by_name)
    labelled, missing = {}, []
    for name, label in found.labels.items():
        picture = by_name.get(name) or (by_last_part.get(PurePosixPath(name).name) if unique else None)
        if picture is None:
            missing.append(Skipped(name, f"in {found.file.name}, but there is no such file"))
        else:
            labelled[picture] = label
    unlabelled = [Skipped(p.name, f"not in {found.file.name}") for p in listing.pictures if p not in labelled]
    if not labelled:
        example = next(iter(found.labels), "none")
        raise DataError(
            f"{found.file}: names none of the {len(by_name)} files in {listing.root}; its first is {example}.",
            hint="The names are paths inside the folder or zip, or the last part of them",
        )
    return replace(
        listing,
        pictures=tuple(p._replace(label=labelled[p]) for p in listing.pictures if p in labelled),
        skipped=(*listing.skipped, *unlabelled, *missing),
        fingerprint=digest_of([listing.fingerprint, found.file.name, repr(sorted(found.labels.items()))]),
        attributes=found.attributes,
    )
