"""Labels that stand in a file of their own: a table or JSON, beside the pictures or among them.

One label a picture is its class. Several are attributes, each of them 0 or 1, [N, A].
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ganstudio.data.formats import DATASET_JSON
from ganstudio.data.labels.json_files import labels_in, parse
from ganstudio.data.labels.picture_names import BY_LAST_PART, NO_SUCH_FILE, Names, posix
from ganstudio.data.labels.tables import LabelTable, read_table
from ganstudio.data.manifest import SkippedFile
from ganstudio.data.sources.archives import read_member
from ganstudio.data.sources.folders import in_unicode
from ganstudio.data.sources.source import Label, Listing, Picture
from ganstudio.errors import DataError, quoted
from ganstudio.workspace import digest_of

_LOOKED_FOR = 1000  # names, beside the file of labels
_STYLEGAN_FOLDER = re.compile(r"[0-9]{5}")
_NO_TEXTS = {  # how files begin that are something else, and the way out
    b"PK\x03\x04": ("a spreadsheet or another zip", "save it as CSV, in UTF-8"),
    b"\xd0\xcf\x11\xe0": ("a spreadsheet", "save it as CSV, in UTF-8"),
    b"\x1f\x8b": ("packed with gzip", "gunzip it"),
}
_MARKS = {  # the longer first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    **{codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
    **{codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
}


def annotate(listing: Listing, file: Path) -> Listing:
    """`listing` with the labels that `file` gives; a picture without one is skipped, so is a name without a picture.

    Raises DataError where `file` cannot be used.
    """
    try:
        text = _decode_text(file.read_bytes(), file)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}.") from None
    own = str(file.resolve())
    rest = without_labels_file(listing)
    rest = replace(rest, pictures=tuple(p for p in rest.pictures if p.location.path != own))
    names = Names(rest, file)
    if file.suffix.lower() in (".json", ".jsonl"):
        return _with_labels(rest, file, labels_in(file, parse(file, text)), names)
    return _with_labels(rest, file, read_table(file, text, names), names)


def annotate_from_dataset_json(listing: Listing, required: bool = False) -> Listing:
    """`listing` with the labels of the dataset.json in it, where that holds some.

    One that another tool wrote, of other things, is left out, and a note says so. Raises DataError where the labels
    are `required`, and where the file is damaged.
    """
    inside = next((picture for picture in listing.pictures if picture.name == DATASET_JSON), None)
    if inside is None:
        if required:
            raise DataError(
                f"{listing.root}: there is no {DATASET_JSON} in it.", hint="--labels folders   # or a CSV file"
            )
        return listing
    file = Path(DATASET_JSON)
    try:
        content = read_member(inside.location) if inside.location.member else Path(inside.location.path).read_bytes()
    except Exception as error:  # a damaged archive makes its library raise nearly anything
        raise DataError(f"{listing.root}: its {file} cannot be read: {error}.", hint="--labels folders") from None
    try:
        value = parse(file, _decode_text(content, file))
    except DataError as error:
        raise DataError(f"{listing.root}: its {error.message}", hint="--labels folders   # leaves it out") from None
    rest = without_labels_file(listing)
    try:
        found, names = labels_in(file, value), Names(rest, listing.root / DATASET_JSON)
        if found.entries and all(names.likeness(name) < BY_LAST_PART for name, _ in found.entries):
            raise DataError(f"{file}: names none of the files.")
        if found.entries:
            return _with_labels(rest, file, found, names)
    except DataError as error:
        if required:
            raise DataError(error.message, hint="--labels folders") from None
        return _without_dataset_json(rest, f"{error.message} It is left out")
    if required:
        raise DataError(f"{listing.root}: its {DATASET_JSON} holds no labels.", hint="--labels folders")
    return _without_dataset_json(rest, f"{DATASET_JSON} holds no labels")


def without_labels_file(listing: Listing) -> Listing:
    """`listing` less the dataset.json in it, which is no picture that failed."""
    return replace(listing, pictures=tuple(p for p in listing.pictures if p.name != DATASET_JSON))


def _without_dataset_json(listing: Listing, why: str) -> Listing:
    """`listing` as if it held no dataset.json, which was left out for a reason.

    StyleGAN's tools put images into numbered folders, which are no classes.
    """
    folders = {picture.label for picture in listing.pictures} - {None}
    if all(_STYLEGAN_FOLDER.fullmatch(str(folder)) for folder in folders):
        return replace(without_labels(listing), notes=(*listing.notes, f"{why}; there are no classes."))
    return replace(listing, notes=(*listing.notes, f"{why}, and folders are the classes, as with --labels folders."))


def without_labels(listing: Listing) -> Listing:
    """`listing` without labels."""
    return replace(listing, pictures=tuple(picture._replace(label=None) for picture in listing.pictures))


def _decode_text(content: bytes, file: Path) -> str:
    """Decodes `content` by the byte order mark at its beginning, else as UTF-8. Raises DataError."""
    for start, (what, way) in _NO_TEXTS.items():
        if content.startswith(start):
            raise DataError(f"{file}: is {what}, and no text: {way}.")
    mark = next((mark for mark in sorted(_MARKS, key=len, reverse=True) if content.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{file}: cannot be read as {encoding.upper()}: line {line} has the byte 0x{content[error.start]:02x}.",
            hint="Save it as UTF-8" if mark else _as_utf8(file, "WINDOWS-1252"),
        ) from None
    if "\0" in text:
        kind = "UTF-16BE" if content[::2].count(0) > content[1::2].count(0) else "UTF-16LE"
        raise DataError(f"{file}: is no text, or UTF-16 without the mark that says so.", hint=_as_utf8(file, kind))
    return text


def _as_utf8(file: Path, encoding: str) -> str:
    return f"Save it as UTF-8, or: iconv -f {encoding} -t UTF-8 {quoted(file)} > utf8{file.suffix}"


def _with_labels(listing: Listing, file: Path, table: LabelTable, names: Names) -> Listing:
    """`listing` with the labels that were found in `file`. Raises DataError where these are of other pictures."""
    labels: dict[Picture, Label | None] = {}
    called = in_unicode(file.name)
    missing, twice = [], set()
    for name, label in table.entries:
        picture, why = names.find(name)
        if picture is None:
            missing.append(SkippedFile(name, f"in {called}, but {why}"))
        elif labels.setdefault(picture, label) != label:
            twice.add(picture)
    _require_some_label(listing, file, table, labels, missing)
    labelled = {p: label for p, label in labels.items() if label is not None and p not in twice}
    if not labelled:
        raise DataError(f"{file}: gives each picture two labels or more; one class a picture is needed.")
    skipped = []
    for picture in listing.pictures:
        if picture in twice:
            skipped.append(SkippedFile(picture.name, f"has two labels in {called}"))
        elif picture not in labelled:
            reason = f"has no label in {called}" if picture in labels else f"not in {called}"
            skipped.append(SkippedFile(picture.name, reason))
    used = sorted({(posix(name), label) for name, label in table.entries if label is not None})
    return replace(
        listing,
        pictures=tuple(p._replace(label=labelled[p]) for p in listing.pictures if p in labelled),
        skipped=(*listing.skipped, *skipped, *missing),
        fingerprint=digest_of([listing.fingerprint, file.name, repr(used)]),
        attributes=table.attributes,
        notes=(*listing.notes, *table.notes),
    )


def _require_some_label(
    listing: Listing, file: Path, table: LabelTable, labels: dict[Picture, Label | None], missing: Sequence[SkippedFile]
) -> None:
    """Raises DataError unless one of the pictures in `labels` has a label."""
    if any(label is not None for label in labels.values()):
        return
    if labels:
        raise DataError(
            f"{file}: its pictures have no labels: the column is empty.", hint="--labels folders   # or none"
        )
    if not missing:
        raise DataError(f"{file}: names no file.", hint="Write a line a picture: 1.png,wren")
    pictures = listing.pictures
    similar = f", where one is called {pictures[0].name}" if pictures else ""
    beside = [file.resolve().parent / posix(name) for name, _ in table.entries[:_LOOKED_FOR]]
    folders = {path.resolve().parent for path in beside if path.is_file()}
    hint = "The names are paths inside the folder or zip, or the last part of them"
    if folders:
        hint = f"ganstudio data add {quoted(os.path.commonpath(folders))} --labels {quoted(file)}"
    first = missing[0]
    why = "" if first.reason.endswith(NO_SUCH_FILE) else f", and {first.reason.partition(', but ')[2]}"
    raise DataError(
        f"{file}: names none of the {len(pictures)} files in {listing.root}{similar}; its first is {first.file}{why}.",
        hint=hint,
    )
