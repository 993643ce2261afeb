"""Pictures inside one file: a zip, or an LMDB database as LSUN is published (Yu et al. 2015, arXiv:1506.03365)."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from ganstudio.data.folders import LITTER
from ganstudio.data.manifest import Skipped, UnreadableError
from ganstudio.data.readers import Listing, Picture, Where
from ganstudio.errors import DataError, quoted
from ganstudio.workspace import digest_of

LARGEST = 512_000_000  # bytes of one picture, encoded; what claims more is no picture
_ENCRYPTED = 0x1


def list_zip(path: Path) -> Listing:
    """The files in a zip, each labelled by its top folder; one folder around everything is no label.

    Raises DataError where it is no zip, damaged or empty.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
    except Exception as error:  # a damaged directory makes zipfile raise nearly anything
        raise DataError(f"{path}: is no zip, or a damaged one: {error}.", hint=f"unzip -t {quoted(path)}") from None
    if not entries:
        raise DataError(f"{path}: the zip holds no file.", hint=f"unzip -l {quoted(path)}")
    skipped = [Skipped(entry.filename, "encrypted") for entry in entries if entry.flag_bits & _ENCRYPTED]
    open_entries = [entry for entry in entries if not entry.flag_bits & _ENCRYPTED]
    around = _shared_folder([PurePosixPath(entry.filename) for entry in open_entries])
    pictures = []
    for entry in open_entries:
        inside = PurePosixPath(entry.filename).relative_to(around)
        label = inside.parts[0] if len(inside.parts) > 1 else None
        where = Where(str(path.resolve()), entry.filename)
        pictures.append(Picture(str(inside), where, label, entry.file_size, 0))
    return Listing(path.resolve(), tuple(sorted(pictures)), tuple(skipped), _stamp(path))


def _shared_folder(names: list[PurePosixPath]) -> PurePosixPath:
    """The one folder that everything is in, `.` where there is none."""
    tops = {name.parts[0] if len(name.parts) > 1 else None for name in names}
    top = next(iter(tops)) if len(tops) == 1 else None
    return PurePosixPath(top) if top else PurePosixPath()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part in LITTER for part in PurePosixPath(name).parts)


def is_database(path: Path) -> bool:
    return (path / "data.mdb").is_file()


def list_database(path: Path) -> Listing:
    """The values of an LMDB database, in the order of their keys. Raises DataError where it cannot be opened."""
    pictures = []
    with _database(str(path.resolve())).begin() as reading:
        for key, value in reading.cursor():
            where = Where(str(path.resolve()), key.hex())
            pictures.append(Picture(key.decode(errors="backslashreplace"), where, None, len(value), 0))
    if not pictures:
        raise DataError(f"{path}: the database is empty.")
    return Listing(path.resolve(), tuple(pictures), (), _stamp(path / "data.mdb"))


def read_member(where: Where) -> bytes:
    """The encoded picture at `where`. Raises UnreadableError, or whatever a damaged archive makes its library raise."""
    if Path(where.path).is_dir():
        with _database(where.path).begin() as reading:
            return bytes(reading.get(bytes.fromhex(where.member)))
    with _archive(where.path).open(where.member) as entry:
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
    stat = path.stat()
    return digest_of([f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\n"])
