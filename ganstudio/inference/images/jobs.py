"""Which pictures are worked on, the files that they become, and which of these are there already."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ganstudio.data.sources.folders import list_folder
from ganstudio.errors import DataError, UsageError, quoted
from ganstudio.inference.provenance import holds
from ganstudio.workspace import nearest_path


class Job(NamedTuple):
    """One picture: its file, its name within the folder that was given, and the file that it becomes."""

    source: Path
    name: Path
    path: Path

    def beside(self, end: str) -> Path:
        """A further file of the same picture: `photo-compare.png`."""
        return self.path.with_name(f"{self.path.stem}-{end}.png")


class Failure(NamedTuple):
    """A file that nothing was made of, and why not; `broken` where that is not the file's fault, nor the options'."""

    source: Path
    why: str
    broken: bool = False


def plan_jobs(given: Sequence[Path], out: Path, suffix: str) -> tuple[list[Job], list[Failure]]:
    """A job for each picture, and for each in a folder and its sub-folders, whose tree `out` repeats.

    Of a folder every file counts that is not hidden; those that are no pictures fail when they are read. What lies
    below `out` does not count, so that a second call does not begin with the answers of the first.

    Raises:
        UsageError: a path that is not there, an answer that would replace a picture that is read.
    """
    found: list[tuple[Path, Path]] = []
    failures: list[Failure] = []
    for path in given:
        if path.is_dir():
            listing = list_folder(path)
            failures += [Failure(path / one.file, one.reason) for one in listing.skipped]
            files = [Path(picture.location.path) for picture in listing.pictures]
            inside = out.resolve()
            found += [
                (f, f.relative_to(listing.root)) for f in files if inside == listing.root or inside not in f.parents
            ]
        elif os.path.lexists(path):
            found.append((path.absolute(), Path(path.name)))
        else:
            raise UsageError(f"{path}: there is no such file or folder. {nearest_path(path)}")
    found = list(dict.fromkeys(found))
    twice = Counter(name.with_suffix("") for _, name in found)
    jobs = [Job(file, name, out / _answer(name, twice, suffix)) for file, name in found]
    _check_answers(jobs, out)
    return jobs, failures


def partner(job: Job, given: Path) -> Path | None:
    """The file that belongs to a picture: `given` itself, or what is called as the picture is in that folder."""
    if not given.is_dir():
        return given
    same = given / job.name
    beside = same.parent.glob(f"{_globbed(same.stem)}.*") if same.parent.is_dir() else ()
    return next((path for path in (same, *sorted(beside)) if path.is_file()), None)


def key_of(sha256: str, options: str, files: Iterable[Path]) -> str:
    """What an answer is known by: model, options, and the names, sizes and times of the files that it was made of."""
    parts = [sha256, options]
    for file in files:
        stat = file.stat()
        parts.append(f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def is_done(path: Path, key: str) -> bool:
    """Whether the answer is there, whole: it is written under another name until it is."""
    return path.is_file() and holds(path, key)


def _answer(name: Path, twice: Counter[Path], suffix: str) -> Path:
    """`a.jpg` becomes a.png; where there is an a.webp too they become a-jpg.png and a-webp.png."""
    stem = name.with_suffix("")
    if twice[stem] > 1:
        stem = name.with_name(f"{name.stem}-{name.suffix.removeprefix('.') or 'file'}")
    return stem.with_name(f"{stem.name}{suffix}")


def _check_answers(jobs: Sequence[Job], out: Path) -> None:
    read = {os.path.realpath(job.source): job.source for job in jobs}
    for job in jobs:
        if (source := read.get(os.path.realpath(job.path))) is not None:
            place = quoted(out.with_name(f"{out.resolve().name}-made") if out.name else Path("made"))
            raise UsageError(f"--out: {job.path} would replace {source}, which is read.", f"--out {place}")
    if repeated := [path for path, count in Counter(job.path for job in jobs).items() if count > 1]:
        sources = ", ".join(str(job.source) for job in jobs if job.path == repeated[0])
        raise DataError(
            f"--out: {sources} would all become {repeated[0]}.", "Give one of them at a time, or rename them"
        )


def _globbed(name: str) -> str:
    import glob

    return glob.escape(name)
