"""The folders of presets, data sets, runs and exports, and writing files whole."""

from __future__ import annotations

import itertools
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError, closest, nearest, quoted
from ganstudio.settings import WORKSPACE_FILE
from ganstudio.user_folders import expand_home as expand_home
from ganstudio.user_folders import state_home as state_home
from ganstudio.user_folders import user_file as user_file
from ganstudio.user_folders import user_folder as user_folder


@dataclass(frozen=True)
class Workspace:
    """A folder that holds `runs/` and `exports/`; packed data sets are shared by all workspaces of a user."""

    root: Path

    @classmethod
    def locate(cls, directory: Path | None = None) -> Workspace:
        """`directory`, else $GANSTUDIO_WORKSPACE, else the nearest folder from the current one upward that holds a
        `ganstudio.toml`, else the current one. Raises UsageError where it is no folder.
        """
        chosen = os.environ.get("GANSTUDIO_WORKSPACE")
        if not directory and not chosen and folder_is_gone():
            raise no_current_folder_error()
        root = directory or (Path(expand_home(chosen)) if chosen else _marked_folder() or Path.cwd())
        if not root.is_dir():
            raise UsageError(
                f"workspace: {root} is not a folder. {nearest_path(root)}", hint=f"mkdir -p {quoted(root)}"
            )
        return cls(root.resolve())

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def presets(self) -> tuple[Path, ...]:
        """Folders of presets, the first found wins: the workspace's own, then those that came with the program."""
        package = Path(__file__).parent
        shipped = package / "presets" if (package / "presets").is_dir() else package.parent / "presets"
        own = self.root / "presets"
        return (own, shipped) if own.is_dir() and own != shipped else (shipped,)


def _marked_folder() -> Path | None:
    """The nearest folder from the current one upward that holds a workspace's file; None where none does.

    In a folder that everybody may write to, such as /tmp, a file of another user's does not count: it would have
    whoever stands below it work in that user's folder.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        with suppress(OSError):  # one that may not be looked into
            file = (folder / WORKSPACE_FILE).stat()
            if file.st_uid == os.getuid() or not folder.stat().st_mode & stat.S_IWOTH:
                return folder
    return None


_MOST_NAMES = 5000  # entries of a folder, for the nearest name
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_name(name: str) -> bool:
    """Whether a run, a sweep, a data set, an export or a preset may be called so: it is one part of a path."""
    return _NAME.fullmatch(name) is not None


def require_name(name: str, flag: str = "--name", reserved: str | None = None) -> None:
    """Raises UsageError where nothing may be called `name`. To be asked before anything is made.

    `reserved` is a word that means something else.
    """
    if is_name(name) and name != reserved:
        return
    likely = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:100]
    raise UsageError(
        f"{flag}: letters, digits and . _ - make a name, a letter or digit first, 100 at most; got {flag} {name!r}"
        f"{', which stands for something else' if name == reserved else ''}.",
        hint=f"{flag} {likely}" if likely and likely != name else None,
    )


def data_home() -> Path:
    """Where packed data sets live: $GANSTUDIO_DATA, else `data` in the user's config.toml, else the data directory."""
    if chosen := os.environ.get("GANSTUDIO_DATA"):
        return Path(expand_home(chosen))
    from ganstudio.settings.known import SETTINGS
    from ganstudio.settings.values import from_files

    found = from_files(SETTINGS["data"])
    return Path(found.value) if found else user_folder("data") / "data"


def expand_argument(argument: str) -> str:
    """An argument of the command line with its `~` expanded, after `--out=` or `CLASS=` too, where shells leave it."""
    key, equals, value = argument.rpartition("=")
    return f"{key}{equals}{expand_home(value)}" if value.startswith("~") else argument


def expand_path(path: str) -> Path:
    """`path` with the home folder in place of a `~`; as it is where there is none, and where no user has that name."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # Path's own raises then


def names_beside(path: Path) -> list[str]:
    """Names of what lies where `path` should, hidden files aside; at most some thousands of them."""
    try:
        with os.scandir(path.parent) as entries:
            return [entry.name for entry in itertools.islice(entries, _MOST_NAMES) if entry.name[:1] != "."]
    except OSError:
        return []


def nearest_path(given: str | Path) -> str:
    """A phrase to end an error with: the path that is there and most like `given`, which is not; "" for none.

    Folders above it may be misspelled too. It is relative where `given` is.
    """
    path = expand_path(str(given))
    nearest_so_far = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        if os.path.lexists(nearest_so_far / part):
            nearest_so_far /= part
        elif match := closest(part, names_beside(nearest_so_far / part), 0.6):
            nearest_so_far /= match
        else:
            return ""
    return f"Did you mean {_as_path(nearest_so_far)!r}?" if nearest_so_far != path else ""


def nearest_place(given: str, known: Iterable[str]) -> str:
    """A phrase to end an error with, where a name of `known` or a path may be meant and `given` is neither."""
    names = list(known)
    if Path(given).name == given and not given.startswith("~"):
        match = closest(given, [*names, *names_beside(Path(given))])
        if match is None or match in names:
            return nearest(given, names)
        return f"Did you mean {_as_path(Path(match))!r}?"
    if phrase := nearest_path(given):
        return phrase
    match = closest(Path(given).name, names, 0.8)
    return f"Did you mean {match!r}?" if match else ""


def _as_path(path: Path) -> str:
    """As no name of anything else is written: with a folder before it."""
    return str(path) if path.is_absolute() or path.parts[:1] == ("..",) else f"./{path}"


def folder_is_gone() -> bool:
    """Whether the current folder was removed while we stand in it."""
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return True
    return False


def no_current_folder_error() -> UsageError:
    return UsageError(
        "the current folder is gone: it was removed or replaced.", hint="--workspace DIR   # or go to another folder"
    )


def weights_home() -> Path:
    """Where weights of networks lie that others have trained: beside the packed data, hidden from its names."""
    return data_home() / ".weights"


def features_home() -> Path:
    """Where features of real images are kept, so that they are computed once."""
    return data_home() / ".features"


def write_atomic(path: Path, content: bytes) -> None:
    """Replaces the file at `path` by `content`, whole or not at all: temporary name, fsync, rename."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Replaces the files at all paths by their `contents`, or none of them where one cannot be written.

    They are renamed in their order once all are on disk; what others look for first comes last.
    """
    end = f".{os.getpid()}.tmp"
    staged = {f"{path.parent}{os.sep}.{path.name}{end}": path for path in contents}
    try:
        _write_and_sync({temporary: contents[path] for temporary, path in staged.items()})
        for temporary, path in staged.items():
            os.replace(temporary, path)  # noqa: PTH105  # a Path costs more than the renaming
    except BaseException as error:
        for temporary in staged:
            with suppress(OSError):  # a name that is too long cannot be deleted either
                Path(temporary).unlink(missing_ok=True)
        _name_in(error, staged)
        raise


def _write_and_sync(contents: Mapping[str, bytes]) -> None:
    """Writes files through to the disk. It is told to begin with all before it is waited for: a third of the time."""
    with ExitStack() as stack:
        files = [stack.enter_context(open(name, "wb")) for name in contents]  # noqa: PTH123
        for file, content in zip(files, contents.values(), strict=True):
            file.write(content)
            file.flush()
        if len(files) > 1 and hasattr(os, "posix_fadvise"):
            for file in files:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for file in files:
            os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` to write to; it replaces `path` at the end, or is deleted on an error."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        _name_in(error, {str(temporary): path})
        raise


def _name_in(error: BaseException, staged: Mapping[str, Path]) -> None:
    """Lets an error of the system name the file that was to be made, not the temporary one: `staged` is by that."""
    if isinstance(error, OSError) and str(error.filename) in staged:
        error.filename, error.filename2 = str(staged[str(error.filename)]), None


def drop_unfinished(folder: Path, name: str) -> None:
    """Deletes half-written files of `name`, a pattern, by processes of this machine that are gone."""
    import psutil

    for unfinished in folder.glob(f".{name}.*.tmp"):
        writer = unfinished.name.split(".")[-2]
        if not writer.isdecimal() or not psutil.pid_exists(int(writer)):
            unfinished.unlink(missing_ok=True)


def digest_of(texts: Iterable[str]) -> str:
    """The SHA-256 of `texts`, one after the other."""
    import hashlib

    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode(errors="surrogatepass"))  # a path need not be UTF-8
    return digest.hexdigest()


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())
