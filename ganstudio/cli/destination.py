"""Where pictures are written, and which files may be replaced there: pictures of ours, and all others with --force."""

from __future__ import annotations

import errno
import mimetypes
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ganstudio.errors import StudioError, UsageError, nearest, quoted

# suffixes of files that Python's own list of media types has not
_FILE_SUFFIXES = (".apng", ".flv", ".jxl", ".m4v", ".mkv", ".npy", ".npz", ".ogv", ".onnx", ".toml", ".wmv")


def names_file(path: Path) -> bool:
    """Whether `path` has the suffix of a file that holds pictures, films, sounds or arrays: no folder is called so."""
    kind = mimetypes.MimeTypes(filenames=()).guess_type(path.name)[0] or ""
    return kind.startswith(("image/", "video/", "audio/")) or path.suffix.lower() in _FILE_SUFFIXES


def parse_destination(out: Path | None, format_option: str | None, films: bool = False) -> tuple[str, Path, str | None]:
    """The format, the folder, and the file's name where `out` names a file, as --out and --format give them.

    `films` says whether what is written may move. Raises UsageError for a format that is not known, and where the two
    do not agree.
    """
    from ganstudio.inference.pictures import FILMS, SUFFIXES

    formats = SUFFIXES | FILMS if films else SUFFIXES
    if format_option in FILMS and not films:
        known = ", ".join(SUFFIXES)
        reason = f"{format_option} is of clips and voxel grids, and this model draws pictures. Known: {known}"
        raise UsageError(f"--format: {reason}.", "ganstudio interpolate --seed 1 --seed 2 --out walk.gif   # a film")
    if format_option is not None and format_option not in formats:
        raise UsageError(f"--format: {format_option!r} is none. {nearest(format_option, formats)}")
    suffix = "" if out is None or out.is_dir() else out.suffix.lower()
    suffix_format = next((kind for kind, known in formats.items() if suffix in known), None)
    if format_option and suffix_format and format_option != suffix_format:
        raise UsageError(
            f"--format: {format_option} was given, but the name {out} says {suffix_format}. Leave one of the two out."
        )
    if out and suffix and suffix_format is None and names_file(out):
        likely = out.with_suffix(SUFFIXES[format_option or "png"][0])
        hint = f"--out {quoted(likely)}"
        if suffix in (".gif", ".mp4"):
            hint = f"ganstudio interpolate --seed 1 --seed 2 --out {quoted(out)}   # a walk from one seed to another"
        raise UsageError(f"--out {out}: pictures are written as {', '.join(SUFFIXES)}. Did you mean {likely}?", hint)
    folder = Path() if out is None else out.parent if suffix_format else out
    return format_option or suffix_format or "png", folder.absolute(), out.name if out and suffix_format else None


def make_folder(folder: Path) -> Path:
    """Makes `folder` where it is missing, and returns its absolute path. Raises UsageError where it cannot be made."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out: {folder} is no folder and cannot be made one: {error.strerror}.") from None
    return folder


def _check_folder(folder: Path) -> None:
    """Raises UsageError where `folder` is none and could not be made one, or takes no files. Makes nothing."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise UsageError(f"--out: {folder} is no folder and cannot be made one: {os.strerror(errno.ENOTDIR)}.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"--out: nothing can be written into {there}: {os.strerror(errno.EACCES)}.")


def check_replaceable(paths: Iterable[Path], force: bool) -> None:
    """Raises UsageError unless every path may be written.

    A path may be written where its folder is there or can be made, and where the path is free, where a picture lies
    there that says that ganstudio generated it, and where `force` is given; never where it is a folder.
    """
    from ganstudio.inference.provenance import is_ours

    paths = list(paths)
    for folder in dict.fromkeys(path.absolute().parent for path in paths):
        _check_folder(folder)
    for path in paths:
        if path.is_dir():
            raise UsageError(f"--out: {path} is a folder; a file of that name was to be written.")
        if path.exists() and not force and not is_ours(path):
            raise UsageError(
                f"--out: {path} is there, and does not say that ganstudio generated it.",
                hint="--force   # replaces it; or --out with another name",
            )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an OSError while `path` is written, such as a full disk, into a StudioError that names `path`."""
    try:
        yield
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror or error}.", hint="--out DIR") from None
