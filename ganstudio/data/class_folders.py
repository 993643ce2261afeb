"""Folders that became classes and are none: parts of a data set such as train and val, a folder around everything."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ganstudio.data.archives import list_zip
from ganstudio.data.folders import LITTER, in_unicode
from ganstudio.data.formats import DATASET_JSON, suffixes
from ganstudio.data.manifest import Manifest
from ganstudio.errors import DataError, quoted

_PART = re.compile(
    r"(?P<around>([a-z0-9]+[-_ ])*?)"
    r"(?P<part>train|training|val|valid|validate|validation|dev|devel|eval|evaluation|test|testing|hold[-_ ]?out"
    r"|unlabell?ed|(fold|split)(?=[-_ ]?\d))"
    r"([-_ ]?(set|data|images?|imgs?|split|part|[ab]|\d{1,4}))*",
    re.IGNORECASE,
)


def folder_advice(manifest: Manifest) -> list[str]:
    """Sentences on classes whose folders are probably none, each with what to type; [] where all is well."""
    if manifest.packing is None:
        return []
    folders = manifest.packing.labels in ("auto", "folders")
    if not manifest.classes:
        return _on_loose_pictures(manifest) if folders else []
    if folders and (parts := _parts(manifest.classes)):
        return [_on_parts(manifest, parts)]
    alike = defaultdict[str, list[str]](list)
    for name in manifest.classes:
        alike[name.casefold()].append(name)
    told = [
        f"{' and '.join(names)} differ in capitals alone, and are classes of their own."
        for names in alike.values()
        if len(names) > 1
    ]
    return told + (_on_one_folder(manifest) if folders and len(manifest.classes) == 1 else [])


def _parts(classes: Sequence[str]) -> list[str]:
    """Those of `classes` that are named as parts of one data set: train and test, seg_train and seg_test, fold1."""
    found = defaultdict[str, list[str]](list)
    for name in classes:
        if match := _PART.fullmatch(name):
            found[re.sub("[0-9]", "", match["around"]).casefold()].append(name)
    return next((names for names in found.values() if len(names) > 1 or len(classes) == 1), [])


def _on_parts(manifest: Manifest, parts: list[str]) -> str:
    part = next((name for name in parts if "train" in name.lower()), parts[0])
    name = f"--name {manifest.name}-{re.sub(r'[^A-Za-z0-9._-]+', '-', part)}"
    source = Path(manifest.source)
    if source.is_file():
        unpacked = source.with_suffix("")
        command = f"unzip {quoted(source)} -d {quoted(unpacked)}, then, with its path, ganstudio data add .../{part}"
    else:
        command = f"ganstudio data add {quoted(source / part)}"
    return (
        f"{', '.join(parts)}: these folders are named as the splits of a data set, and became classes. "
        f"To take the classes inside one of them: {command} {name}"
    )


def _on_one_folder(manifest: Manifest) -> list[str]:
    (only,) = manifest.classes
    around, inside = Path(manifest.source) / only, list[str]()
    with suppress(OSError):
        inside = sorted(entry.name for entry in around.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(inside) < 2:
        return []
    shown = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
    return [
        f"All pictures lie in one folder, {only}, which became the only class. To take the folders inside it "
        f"({shown}) as classes: ganstudio data add {quoted(around)} --name {manifest.name}-2"
    ]


def _on_loose_pictures(manifest: Manifest) -> list[str]:
    """Said where a few pictures beside the folders are why these are no classes; many are a folder of photographs."""
    source, most = Path(manifest.source), (manifest.count - 1) // 2
    loose, folders = list[str](), set[str]()
    with suppress(OSError, DataError):
        for name, folder in _inside_folder(source) if source.is_dir() else _inside_zip(source):
            if folder is not None:
                folders.add(folder)
            elif name == DATASET_JSON or len(loose) == most:
                return []
            elif Path(name).suffix.lower() in suffixes():
                loose.append(name)
    if not loose or not folders:
        return []
    return [
        f"There are no classes, because {len(loose)} of the pictures lie beside the folders "
        f"{', '.join(sorted(folders)[:3])}: {', '.join(sorted(loose)[:3])}. To have classes, move these away, then: "
        f"ganstudio data add {quoted(source)} --name {manifest.name}-2"
    ]


def _inside_folder(source: Path) -> Iterator[tuple[str, str | None]]:
    """Each name in `source` itself, and again where it is a folder's; of a million files only some are looked at."""
    with os.scandir(source) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.name not in LITTER:
                yield in_unicode(entry.name), in_unicode(entry.name) if entry.is_dir() else None


def _inside_zip(source: Path) -> Iterator[tuple[str, str | None]]:
    if source.suffix.lower() == ".zip":
        for picture in list_zip(source).pictures:
            yield picture.name, None if picture.label is None else str(picture.label)
