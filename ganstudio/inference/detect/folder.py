"""What many pictures say of themselves: files, and folders with their sub-folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.folders import list_folder
from ganstudio.errors import UsageError
from ganstudio.inference.detect.statement import Share, Statement, read_statement
from ganstudio.inference.images.jobs import Failure
from ganstudio.workspace import nearest_path

if TYPE_CHECKING:
    from ganstudio.progress import Progress


@dataclass(frozen=True)
class Answer:
    """What was read, the share of each folder that was given, and what is no picture."""

    statements: tuple[Statement, ...]
    shares: tuple[Share, ...]
    left_out: tuple[Failure, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "pictures": [one.as_json() for one in self.statements],
            "shares": [one.as_json() for one in self.shares],
            "left_out": [{"file": str(one.source), "why": one.why} for one in self.left_out],
        }


def read_all(paths: Sequence[Path], progress: Progress) -> Answer:
    """What the pictures at `paths` say, in their order, each file once; of a folder all that is not hidden.

    Raises:
        UsageError: a path that is not there, an empty folder.
    """
    folders: dict[Path, list[Path]] = {}
    files: dict[Path, None] = {}
    left_out: list[Failure] = []
    for path in paths:
        if path.is_dir():
            listing = list_folder(path)
            inside = [path / Path(one.location.path).relative_to(listing.root) for one in listing.pictures]
            folders[path] = inside
            files |= dict.fromkeys(inside)
            left_out += [Failure(path / one.file, one.reason) for one in listing.skipped]
        elif os.path.lexists(path):
            files[path] = None
        else:
            raise UsageError(f"{path}: there is no such file or folder. {nearest_path(path)}")
    statements: dict[Path, Statement] = {}
    for done, file in enumerate(files):
        progress(done, len(files))
        try:
            statements[file] = read_statement(file)
        except UnreadableError as error:
            left_out.append(Failure(file, str(error)))
    progress(len(files), len(files))
    shares = [
        Share.of(str(folder), (statements[file] for file in inside if file in statements))
        for folder, inside in folders.items()
    ]
    return Answer(tuple(statements.values()), tuple(shares), tuple(left_out))
