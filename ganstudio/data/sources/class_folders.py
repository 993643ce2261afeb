"""Folders as classes: what lies beside them, and folders that are none: train and val, a folder around everything."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ganstudio.data.decode import Header
from ganstudio.data.manifest import Manifest, SkippedFile
from ganstudio.data.sources.source import Picture
from ganstudio.errors import quoted

_PART = re.compile(
    r"(?P<around>([a-z0-9]+[-_ ])*?)"
    r"(?P<part>train|training|val|valid|validate|validation|dev|devel|eval|evaluation|test|testing|hold[-_ ]?out"
    r"|unlabell?ed|(fold|split)(?=[-_ ]?\d))"
    r"([-_ ]?(set|data|images?|imgs?|split|part|[ab]|\d{1,4}))*",
    re.IGNORECASE,
)


BESIDE = "lies beside the folders that are the classes"  # why a picture is skipped
_NAMED = 3  # folders, in a note


def without_strays(
    pictures: Sequence[Picture], headers: Sequence[Header], labels: str
) -> tuple[list[Picture], list[Header], list[SkippedFile], list[str]]:
    """`pictures` and their headers, without those left out because folders beside them are the classes.

    Then the ones left out, and a note on what was decided. With `labels` "folders" every picture outside of folders is
    left out. Else folders are the classes where there are two or more, with most of the pictures in them.
    """
    loose = sum(picture.label is None for picture in pictures)
    folders = sorted({str(picture.label) for picture in pictures if picture.label is not None})
    wins = bool(folders) and (labels == "folders" or (len(folders) > 1 and 2 * loose < len(pictures)))
    notes = list(_strays_note(loose, len(pictures), folders, labels, wins))
    if not (wins and loose):
        return list(pictures), list(headers), [], notes
    labelled = [pair for pair in zip(pictures, headers, strict=True) if pair[0].label is not None]
    skipped = [SkippedFile(picture.name, BESIDE) for picture in pictures if picture.label is None]
    return [picture for picture, _ in labelled], [seen for _, seen in labelled], skipped, notes


def _strays_note(loose: int, count: int, folders: Sequence[str], labels: str, wins: bool) -> Iterator[str]:
    if labels == "folders":
        if not folders:
            yield "There is no folder to be a class."
        return
    if not loose or not folders:
        return
    names = ", ".join(folders[:_NAMED]) + (f" and {len(folders) - _NAMED} more" if folders[_NAMED:] else "")
    lie, are = ("lies", "is") if loose == 1 else ("lie", "are")
    where = f"{loose:,} of {count:,} pictures {lie} beside the folder{'s' if folders[1:] else ''} {names}"
    if wins:
        yield f"{where} and {are} left out: folders are the classes. --labels none packs all, without classes."
    else:
        yield f"{where}, so there are no classes. --labels folders packs what is in folders, as classes."


def folder_advice(manifest: Manifest) -> list[str]:
    """Sentences on classes whose folders are probably none, each with what to type; [] where all is well."""
    if manifest.packing is None:
        return []
    folders = manifest.packing.labels in ("auto", "folders")
    if folders and (parts := _parts(manifest.classes)):
        return [_parts_advice(manifest, parts)]
    alike = defaultdict[str, list[str]](list)
    for name in manifest.classes:
        alike[name.casefold()].append(name)
    advice = [
        f"{' and '.join(names)} differ in capitals alone, and are classes of their own."
        for names in alike.values()
        if len(names) > 1
    ]
    return advice + (_one_folder_advice(manifest) if folders and len(manifest.classes) == 1 else [])


def _parts(classes: Sequence[str]) -> list[str]:
    """Those of `classes` that are named as parts of one data set: train and test, seg_train and seg_test, fold1."""
    by_part = defaultdict[str, list[str]](list)
    for name in classes:
        if match := _PART.fullmatch(name):
            by_part[re.sub("[0-9]", "", match["around"]).casefold()].append(name)
    return next((names for names in by_part.values() if len(names) > 1 or len(classes) == 1), [])


def _parts_advice(manifest: Manifest, parts: list[str]) -> str:
    part = next((name for name in parts if "train" in name.lower()), parts[0])
    name = f"--name {manifest.name}-{re.sub(r'[^A-Za-z0-9._-]+', '-', part)}"
    source = Path(manifest.source)
    if source.is_file():
        unpacked = source.with_suffix("")
        unpacking = f"unzip {quoted(source)} -d {quoted(unpacked)}"
        command = f"{unpacking}, then, with its folder as DIR: ganstudio data add DIR/{quoted(part)}"
    else:
        command = f"ganstudio data add {quoted(source / part)}"
    return (
        f"{', '.join(parts)}: these folders are named as the splits of a data set, and became classes. "
        f"To take the classes inside one of them: {command} {name}"
    )


def _one_folder_advice(manifest: Manifest) -> list[str]:
    (only,) = manifest.classes
    around, inside = Path(manifest.source) / only, list[str]()
    with suppress(OSError):
        inside = sorted(entry.name for entry in around.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(inside) < 2:
        return []
    examples = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
    return [
        f"All pictures lie in one folder, {only}, which became the only class. To take the folders inside it "
        f"({examples}) as classes: ganstudio data add {quoted(around)} --name {manifest.name}-2"
    ]
