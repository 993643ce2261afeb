"""Where images come from: what lies in a folder, and the class each file belongs to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ganstudio.data.manifest import Skipped
from ganstudio.errors import DataError

# what file browsers leave behind
_LITTER = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})


class Picture(NamedTuple):
    """A file that may be one; `label` is its top-level sub-folder, None where it lies in the folder itself."""

    name: str
    path: str
    label: str | None
    bytes: int
    changed_ns: int


@dataclass(frozen=True)
class Listing:
    root: Path
    pictures: tuple[Picture, ...]  # by name
    skipped: tuple[Skipped, ...]  # what could not even be listed
    fingerprint: str  # of names, sizes and modification times: cheap, and new where a file is

    @property
    def bytes(self) -> int:
        return sum(picture.bytes for picture in self.pictures)


def list_folder(root: Path) -> Listing:
    """Every file under `root` that is not hidden. Raises DataError where there is no such folder, or nothing in it."""
    if not root.exists():
        raise DataError(f"{root}: there is no such folder.", hint="ganstudio data add FOLDER")
    if not root.is_dir():
        raise DataError(
            f"{root}: a folder of images is needed; this is a file.", hint=f"ganstudio data add {root.resolve().parent}"
        )
    root = root.resolve()
    skipped: list[Skipped] = []
    pictures = sorted(_walk(root, skipped))
    if not pictures and not skipped:
        raise DataError(f"{root}: the folder is empty.", hint="Put PNG, JPEG or other images in it, or in sub-folders")
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(f"{picture.name}\0{picture.bytes}\0{picture.changed_ns}\n".encode())
    return Listing(root, tuple(pictures), tuple(skipped), digest.hexdigest())


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[Picture]:
    """The files under `root`, links followed, no folder entered twice."""
    entered = {root}
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Skipped(_printable(folder.relative_to(root)), f"folder: {error.strerror}"))
            continue
        for entry in found:
            if entry.name.startswith(".") or entry.name in _LITTER:
                continue
            path = Path(entry.path)
            if not _is_folder(entry):
                yield _picture(entry, path.relative_to(root))
            elif (real := path.resolve()) not in entered:
                entered.add(real)
                waiting.append(path)


def _picture(entry: os.DirEntry[str], inside: Path) -> Picture:
    label = _printable(inside.parts[0]) if len(inside.parts) > 1 else None
    try:
        stat = entry.stat()
    except OSError:  # a broken link; decoding will say so
        return Picture(_printable(inside), entry.path, label, 0, 0)
    return Picture(_printable(inside), entry.path, label, stat.st_size, stat.st_mtime_ns)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _printable(name: Path | str) -> str:
    """`name` with bytes that are no UTF-8 written as escapes, and "/" between folders everywhere."""
    text = name.as_posix() if isinstance(name, Path) else name
    return os.fsencode(text).decode("utf-8", "backslashreplace")
