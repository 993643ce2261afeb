"""Where pictures are written, and what may be replaced there: pictures of ours, and anything else with --force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ganstudio.errors import StudioError, UsageError, nearest, quoted

# what no folder is called
_OTHERS = (".gif", ".mp4", ".bmp", ".tif", ".tiff", ".avif", ".npy", ".onnx")


def place(out: Path | None, asked: str | None) -> tuple[str, Path, str | None]:
    """The format, the folder, and the file's name where `out` names a file: what --out and --format mean.

    Raises UsageError for a format that is not known, and where the two do not agree.
    """
    from ganstudio.inference.pictures import SUFFIXES

    if asked is not None and asked not in SUFFIXES:
        raise UsageError(f"--format: {asked!r} is none. {nearest(asked, SUFFIXES)}")
    suffix = "" if out is None or out.is_dir() else out.suffix.lower()
    told = next((kind for kind, known in SUFFIXES.items() if suffix in known), None)
    if asked and told and asked != told:
        raise UsageError(f"--format: {asked} was given, but the name {out} says {told}. Leave one of the two out.")
    if suffix in _OTHERS:
        likely = Path(out or "").with_suffix(SUFFIXES[asked or "png"][0])
        hint = f"--out {quoted(likely)}"
        if suffix in (".gif", ".mp4"):
            hint = f"ganstudio interpolate --seed 1 --seed 2 --out {quoted(out)}   # a walk from one seed to another"
        raise UsageError(f"--out {out}: pictures are written as {', '.join(SUFFIXES)}. Did you mean {likely}?", hint)
    folder = Path() if out is None else out.parent if told else out
    return asked or told or "png", folder.absolute(), out.name if out and told else None


def make_folder(folder: Path) -> Path:
    """The absolute `folder`, which exists then. Raises UsageError where it cannot."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out: {folder} is no folder and cannot be made one: {error.strerror}.") from None
    return folder


def check_replaceable(paths: Iterable[Path], force: bool) -> None:
    """Nothing, where each of `paths` is free, or a picture that says that ganstudio generated it, or `force` is given.

    Raises UsageError before anything is written.
    """
    from ganstudio.inference.provenance import is_ours

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
    """Tells of a full disk, or a folder that takes no files, by the name of what was to be written."""
    try:
        yield
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror or error}.", hint="--out DIR") from None
