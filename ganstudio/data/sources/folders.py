"""A folder of pictures, its sub-folders included: every file that is not hidden, in the order of their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ganstudio.data.manifest import SkippedFile
from ganstudio.data.sources.source import Listing, Location, Picture
from ganstudio.errors import DataError, quoted
from ganstudio.workspace import digest_of, nearest_path

# what file browsers leave behind, and `augment` beside its pictures
LITTER = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX", "manifest.json"})

_ARCHIVE = re.compile(r"(.+)\.(t[gx]z|tbz2?|tar(\.\w+)?|7z|rar)", re.IGNORECASE)


def list_folder(root: Path) -> Listing:
    """The files under `root`, each labelled by its top sub-folder. Raises DataError: no folder, or nothing in it."""
    if not root.exists():
        raise DataError(
            f"{root}: there is no such folder or file. {nearest_path(root)}", hint="ganstudio data add PATH"
        )
    if not root.is_dir():
        raise _no_folder_error(root)
    root = root.resolve()
    skipped: list[SkippedFile] = []
    pictures = sorted(_walk(root, skipped))
    if not pictures and not skipped:
        raise DataError(f"{root}: the folder is empty.", hint="Put PNG, JPEG or other images in it, or in sub-folders")
    fingerprint = digest_of(f"{picture.name}\0{picture.bytes}\0{picture.changed_ns}\n" for picture in pictures)
    return Listing(root, tuple(pictures), tuple(skipped), fingerprint)


def _no_folder_error(file: Path) -> DataError:
    if archive := _ARCHIVE.fullmatch(file.name):
        folder, packed = quoted(file.with_name(archive[1])), quoted(file)
        unpack = (
            f"mkdir -p {folder} && tar -xf {packed} -C {folder} && "
            if "t" in archive[2].lower()
            else "Unpack it, then: "
        )
        return DataError(
            f"{file}: of archives, zips are read as they are; this is another kind, and must be unpacked.",
            hint=f"{unpack}ganstudio data add {folder}",
        )
    return DataError(
        f"{file}: a folder of images is needed, or a zip, NPZ, NPY, IDX, CSV or CIFAR file; this is another.",
        hint=f"ganstudio data add {quoted(file.resolve().parent)}",
    )


def _walk(root: Path, skipped: list[SkippedFile]) -> Iterator[Picture]:
    """The files under `root`, links followed, no folder entered twice."""
    entered = {root}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(SkippedFile(in_unicode(folder.relative_to(root)), f"folder: {error.strerror}"))
            continue
        for entry in listed:
            if entry.name.startswith(".") or entry.name in LITTER:
                continue
            path = Path(entry.path)
            if not _is_folder(entry):
                yield _picture(entry, path.relative_to(root))
            elif (real := path.resolve()) not in entered:
                entered.add(real)
                waiting.append(path)


def _picture(entry: os.DirEntry[str], inside: Path) -> Picture:
    label = in_unicode(inside.parts[0]) if len(inside.parts) > 1 else None
    try:
        stat = entry.stat()
    except OSError:  # a broken link; decoding will say so
        return Picture(in_unicode(inside), Location(entry.path), label, 0, 0)
    return Picture(in_unicode(inside), Location(entry.path), label, stat.st_size, stat.st_mtime_ns)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def in_unicode(name: Path | str) -> str:
    """`name` with bytes that are no UTF-8 written as escapes, and "/" between folders everywhere."""
    text = name.as_posix() if isinstance(name, Path) else name
    return os.fsencode(text).decode("utf-8", "backslashreplace")
