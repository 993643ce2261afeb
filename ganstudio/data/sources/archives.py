"""Pictures inside one file: a zip, or an LMDB database as LSUN is published (Yu et al. 2015, arXiv:1506.03365)."""

from __future__ import annotations

import posixpath
import stat
import zipfile
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from ganstudio.data.formats import DATASET_JSON, readable, suffixes
from ganstudio.data.manifest import SkippedFile, UnreadableError
from ganstudio.data.sources.folders import LITTER
from ganstudio.data.sources.source import Listing, Location, Picture
from ganstudio.errors import DataError, quoted
from ganstudio.workspace import digest_of

_SNIFFED = 4096  # bytes, that tell a picture
LARGEST = 512_000_000  # bytes of one picture, encoded; what claims more is no picture
_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of an entry


class _Entry(NamedTuple):
    """A file in a zip: its path as unpacking would make it, and its place in the zip's directory."""

    path: PurePosixPath
    place: int
    info: zipfile.ZipInfo


def list_zip(path: Path) -> Listing:
    """The files in a zip, each labelled by its folder among those that all pictures are below.

    Folders around everything are no labels. Raises DataError where it is no zip, damaged or empty.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            all_entries = [_Entry(_path_of(info), place, info) for place, info in enumerate(archive.infolist())]
    except Exception as error:  # a damaged directory makes zipfile raise nearly anything
        raise DataError(f"{path}: is no zip, or a damaged one: {error}.", hint=f"unzip -t {quoted(path)}") from None
    entries = [entry for entry in all_entries if not _is_folder(entry.info) and not _hidden(entry.path)]
    if not entries:
        raise DataError(f"{path}: the zip holds no file.", hint=f"unzip -l {quoted(path)}")
    last = {entry.path: entry for entry in entries}  # unpacking leaves the last of those that have one name
    reasons = [_skip_reason(entry, last) for entry in entries]
    skipped = [SkippedFile(str(entry.path), why) for entry, why in zip(entries, reasons, strict=True) if why]
    usable = [entry for entry, why in zip(entries, reasons, strict=True) if not why]
    pictured = _picture_entries(path, usable)
    depth = _depth_of_labels(pictured)
    around = _folder_around(pictured, [entry.path for entry in usable if entry.path.name == DATASET_JSON], depth)
    pictures = []
    for entry in usable:
        location = Location(str(path.resolve()), str(entry.place))
        label = entry.path.parts[depth] if len(entry.path.parts) > depth + 1 else None
        name = str(entry.path.relative_to(around) if entry.path.is_relative_to(around) else entry.path)
        pictures.append(Picture(name, location, label, entry.info.file_size, 0))
    return Listing(path.resolve(), tuple(sorted(pictures)), tuple(skipped), _stamp(path))


def _skip_reason(entry: _Entry, last: dict[PurePosixPath, _Entry]) -> str | None:
    if last[entry.path] is not entry:
        return "replaced: a later entry has the same name"
    if entry.info.flag_bits & _ENCRYPTED:
        return "encrypted"
    return "a link, which is not followed in a zip" if stat.S_ISLNK(entry.info.external_attr >> 16) else None


def _path_of(info: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry would be unpacked: below the folder that is unpacked to, whatever its name says.

    macOS writes names as UTF-8 without saying so, and zipfile takes them for code page 437. Some Windows programs put
    backslashes between folders.
    """
    name = info.filename
    if not info.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    if "/" not in name:
        name = name.replace("\\", "/")
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "//", "..")]
    return PurePosixPath(*parts)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _picture_entries(path: Path, entries: list[_Entry]) -> list[PurePosixPath]:
    """The paths that are pictures by their names or, where none is, by how the files begin; else all."""
    named = [entry.path for entry in entries if entry.path.suffix.lower() in suffixes()]
    if named:
        return named
    paths = []
    with suppress(Exception), zipfile.ZipFile(path) as archive:  # what cannot be read is skipped later, with its reason
        for entry in entries:
            with suppress(UnidentifiedImageError), archive.open(entry.info) as stream:
                Image.open(BytesIO(stream.read(_SNIFFED)), formats=readable())
                paths.append(entry.path)
    return paths or [entry.path for entry in entries]


def _folder_around(pictures: list[PurePosixPath], labels: list[PurePosixPath], depth: int) -> PurePosixPath:
    """The folder that names start from: that of the dataset.json where one lies around all pictures, else theirs."""
    beside = [path.parent for path in labels if all(picture.is_relative_to(path.parent) for picture in pictures)]
    theirs = PurePosixPath(*pictures[0].parts[:depth]) if pictures else PurePosixPath()
    return min(beside, key=lambda folder: len(folder.parts), default=theirs)


def _depth_of_labels(pictures: list[PurePosixPath]) -> int:
    """How many folders are around all pictures, which what lies beside them is not: a list, a licence.

    Where no folder would be left to be a label, one at most is around them.
    """
    folders = [path.parent for path in pictures]
    depth = len(PurePosixPath(posixpath.commonpath(folders)).parts) if folders else 0
    return depth if any(len(folder.parts) > depth for folder in folders) else min(depth, 1)


def _hidden(path: PurePosixPath) -> bool:
    return not path.parts or any(part.startswith(".") or part in LITTER for part in path.parts)


def is_database(path: Path) -> bool:
    return (path / "data.mdb").is_file()


def list_database(path: Path) -> Listing:
    """The values of an LMDB database, in the order of their keys. Raises DataError where it cannot be opened."""
    pictures = []
    with _database(str(path.resolve())).begin() as reading:
        for key, value in reading.cursor():
            location = Location(str(path.resolve()), key.hex())
            pictures.append(Picture(key.decode(errors="backslashreplace"), location, None, len(value), 0))
    if not pictures:
        raise DataError(f"{path}: the database is empty.")
    return Listing(path.resolve(), tuple(pictures), (), _stamp(path / "data.mdb"))


def read_member(location: Location) -> bytes:
    """The encoded picture at `location`. Raises UnreadableError, or what a damaged archive makes its library raise."""
    if Path(location.path).is_dir():
        with _database(location.path).begin() as reading:
            return bytes(reading.get(bytes.fromhex(location.member)))
    archive = _archive(location.path)
    with archive.open(archive.infolist()[int(location.member)]) as entry:
        content = entry.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UnreadableError(f"too large: over {LARGEST // 1_000_000} MB")
    return content


@lru_cache(maxsize=1)
def _archive(path: str) -> zipfile.ZipFile:
    """Open for as long as the process reads from it: its directory can be megabytes."""
    return zipfile.ZipFile(path)


@lru_cache(maxsize=1)
def _database(path: str) -> Any:
    try:
        import lmdb
    except ImportError:
        raise DataError(
            f"{path}: an LMDB database needs one more package to be read.", hint="pip install 'ganstudio[lsun]'"
        ) from None
    try:
        return lmdb.open(path, readonly=True, lock=False, readahead=False, max_readers=64)
    except lmdb.Error as error:
        raise DataError(f"{path}: is no LMDB database that can be read: {error}.") from None


def _stamp(path: Path) -> str:
    status = path.stat()
    return digest_of([f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\n"])
