"""Which files a data set was packed from, kept beside it: what has been added, gone or changed since."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

from ganstudio.data.sources.source import Listing, Source

FILES = "files.json.gz"  # of a set's folder: the size in bytes and the time of each file, by name


class Changes(NamedTuple):
    """Files of a set that were added, removed or changed since it was packed, by name."""

    added: list[str]
    gone: list[str]
    changed: list[str]


def write_file_list(folder: Path, source: Source) -> None:
    """Writes the list of files that a set was packed from into its `folder`."""
    if isinstance(source, Listing):
        files = json.dumps(_files_of(source)).encode()
        (folder / FILES).write_bytes(gzip.compress(files, compresslevel=1, mtime=0))


def changes_since(folder: Path, source: Source) -> Changes | None:
    """Changes in `source` since the set in `folder` was packed from it; None where its files cannot be told apart."""
    if not isinstance(source, Listing):
        return None
    try:
        files_before = json.loads(gzip.decompress((folder / FILES).read_bytes()))
    except (OSError, ValueError, EOFError):  # an earlier version packed it
        return None
    files_now = _files_of(source)
    return Changes(
        sorted(files_now.keys() - files_before.keys()),
        sorted(files_before.keys() - files_now.keys()),
        sorted(name for name in files_now.keys() & files_before.keys() if files_now[name] != files_before[name]),
    )


def _files_of(listing: Listing) -> dict[str, list[int]]:
    pictures = (*listing.pictures, *(one._replace(name=f"source/{one.name}") for one in listing.partners))
    return {picture.name: [picture.bytes, picture.changed_ns] for picture in pictures}
