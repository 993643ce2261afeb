"""The names and ids of runs and sweeps."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ganstudio.errors import UsageError, quoted
from ganstudio.runs.locks import locked
from ganstudio.runs.record import NAME, RunRecord
from ganstudio.workspace import Workspace, is_name, require_name

LATEST = "latest"  # means the newest run
_STEM = 80  # letters: a number, or a sweep's, comes after them
_GIVEN = ".ids"  # beside the runs: each id with a number that a run has had, a line each


def check(name: str, members: int = 0) -> None:
    """Raises UsageError where no run, or no sweep of so many, may be called `name`."""
    require_name(name, reserved=LATEST)
    if members:
        require_name(f"{name}-{members}")


def check_free(workspace: Workspace, name: str) -> None:
    """Raises UsageError where no run may be called `name`, or one is already."""
    check(name)
    if (workspace.runs / name / NAME).exists():
        raise name_taken_error(workspace.runs, name)


def split_reference(reference: str) -> tuple[str, str, str]:
    """RUN, @ and KIMG of `RUN@KIMG`, the last two empty where RUN stands alone; folders of a path may have an @."""
    folders, slash, last = reference.rpartition("/")
    name, at, kimg = last.partition("@")
    return f"{folders}{slash}{name}", at, kimg


def folder_of(workspace: Workspace, reference: str) -> Path | None:
    """The folder of the run that has this id or lies at this path; None where there is none.

    A path may begin in the current folder or in the workspace. Raises UsageError for a run of another workspace.
    """
    if is_name(name := reference.rstrip("/")):
        folder = workspace.runs / name
        if (folder / NAME).is_file():
            return folder
    if is_name(reference) or not reference:
        return None
    with contextlib.suppress(OSError, ValueError):  # what can be no path is no run
        for path in (Path(reference), workspace.root / reference):
            if (path / NAME).is_file():
                return _own_folder(workspace, path)
    return None


def _own_folder(workspace: Workspace, path: Path) -> Path:
    """The run at `path` as a folder of the workspace, whatever links lead there. Raises UsageError where it is none."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # a link keeps the name that it has among the runs
    own = workspace.runs / absolute.name
    if is_name(absolute.name) and own.exists() and own.samefile(path):
        return own
    at_home = absolute.parent.name == workspace.runs.name
    root = quoted(absolute.parent.parent)
    raise UsageError(
        f"{path}: is a run of another workspace; this one is {workspace.root}.",
        hint=f"ganstudio --workspace {root} runs show {quoted(absolute.name)}" if at_home else "ganstudio runs list",
    )


def id_stem(draft: RunRecord) -> str:
    """The beginning of the ids of runs without a name of their own: `dcgan-mnist`."""
    legal = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{draft.preset}-{draft.data['name']}").strip("-._")
    return legal[:_STEM] or "run"


def free_ids(workspace: Workspace, draft: RunRecord) -> Iterator[str]:
    """The ids that a new run may take, in turn. Raises UsageError for one that is no name, or is taken already.

    A number is not used again, whether the run that had it is still there or was removed.
    """
    if draft.name:
        check_free(workspace, draft.name)
        return iter([draft.name])
    begin = f"{id_stem(draft)}-"
    first = 1 + last_number(workspace, begin)
    return (f"{begin}{number}" for number in itertools.count(first))


def last_number(workspace: Workspace, begin: str) -> int:
    """The highest number that a run, an export or a removed run has had after `begin`; 0 where there was none."""
    runs = workspace.runs
    names = [path.name for path in (*runs.glob(f"{begin}*"), *workspace.exports.glob(f"{begin}*.onnx"))]
    numbers = [
        re.match(r"\d+", name.removeprefix(begin)) for name in (*names, *_used_ids(runs)) if name.startswith(begin)
    ]
    return max((int(number[0]) for number in numbers if number), default=0)


def _used_ids(runs: Path) -> list[str]:
    try:
        return (runs / _GIVEN).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


@contextlib.contextmanager
def id_lock(runs: Path) -> Iterator[None]:
    """While this lasts no other process chooses an id in `runs`."""
    with contextlib.ExitStack() as stack:
        # Where the file system has no locks, the folder's name still keeps two runs apart.
        with contextlib.suppress(OSError):
            stack.enter_context(locked(runs / _GIVEN))
        yield


def remember_id(runs: Path, run: str) -> None:
    """Writes down that a run has had this id, so that its number is not chosen again once the run is gone."""
    if run in _used_ids(runs):
        return
    with contextlib.suppress(OSError):  # a disk that is full now is told of by what comes next
        descriptor = os.open(runs / _GIVEN, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{run}\n".encode())
        finally:
            os.close(descriptor)


def name_taken_error(runs: Path, name: str) -> UsageError:
    free = next(f"{name}-{n}" for n in itertools.count(2) if not (runs / f"{name}-{n}").exists())
    return UsageError(f"--name {name}: there is a run of that name already. Free: {free}.")
