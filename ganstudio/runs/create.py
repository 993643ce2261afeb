"""Making the folder of a new run, whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import events, names, requests
from ganstudio.runs.record import ARCHITECTURE, NAME, START, RunRecord, write_record
from ganstudio.runs.store import REMOVED
from ganstudio.workspace import Workspace, write_atomic

_MAKING = ".making-"
_UNFINISHED = re.compile(rf"{re.escape(_MAKING)}(\d+)-\d+|{re.escape(REMOVED)}(\d+)-.+")


def create_run(
    workspace: Workspace,
    draft: RunRecord,
    architecture: bytes | None = None,
    start: Path | None = None,
    metrics: bytes | None = None,
) -> Path:
    """The folder of a new run: `draft` with its id, beside the user's architecture file and the checkpoint `start`.

    `metrics` are the events that it has from the beginning, where it was imported.

    The id is `draft.name`, or `<preset>-<data>-<n>` where that is empty. It is made under a hidden name and renamed
    when it is whole: two that create at the same instant never share a folder, and a kill leaves no half of one.

    Raises:
        UsageError: the name is no name, or is taken; the checkpoint is no longer there.
        StudioError: the disk is full or read-only; nothing is left behind.
    """
    runs = workspace.runs
    names.free_ids(workspace, draft)  # what cannot be is refused before anything is made
    making = runs / f"{_MAKING}{os.getpid()}-{time.monotonic_ns()}"
    try:
        runs.mkdir(exist_ok=True)
        _remove_unfinished(runs)
        making.mkdir()
        for folder in ("samples", "checkpoints", requests.FOLDER):
            (making / folder).mkdir()
        if architecture is not None:
            write_atomic(making / ARCHITECTURE, architecture)
        if start is not None:
            _link_checkpoint(start, making / START)
        if metrics is not None:
            write_atomic(making / events.NAME, metrics)
        return _publish_new_id(workspace, making, draft)
    except OSError as error:
        if start is not None and not start.exists():
            raise UsageError(f"{start}: is gone: its run goes on and keeps newer ones.") from None
        raise _unwritable_error(runs, error) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _publish_new_id(workspace: Workspace, making: Path, draft: RunRecord) -> Path:
    """Where `making` is now. A number that is chosen is written down, so that no later run gets it."""
    if draft.name and not draft.group:
        return _publish(making, names.free_ids(workspace, draft), draft)
    with names.id_lock(workspace.runs):
        path = _publish(making, names.free_ids(workspace, draft), draft)
        names.remember_id(workspace.runs, path.name)
        return path


def _publish(making: Path, candidates: Iterable[str], draft: RunRecord) -> Path:
    """Where `making` is now: at the first of the names that is free. Raises UsageError where none is."""
    for name in candidates:
        write_record(making / NAME, replace(draft, id=name, name=draft.name or name))
        try:
            # over an empty folder this succeeds, over a run it does not
            return making.rename(making.with_name(name))
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EACCES):
                raise
            if not making.with_name(name).exists():
                raise
    raise names.name_taken_error(making.parent, draft.name)


def _remove_unfinished(runs: Path) -> None:
    """Deletes folders that a killed process left while making or removing a run; its pid is in their names."""
    for folder in runs.glob(".*"):
        if (match := _UNFINISHED.fullmatch(folder.name)) and not _process_lives(int(match[1] or match[2])):
            shutil.rmtree(folder, ignore_errors=True)


def _process_lives(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


def _link_checkpoint(checkpoint: Path, target: Path) -> None:
    """Gives a checkpoint a second name, which outlives the run that wrote it; a copy where the disk has no such names.

    No checkpoint is ever written to in place, so neither run sees anything of the other.
    """
    try:
        os.link(checkpoint, target)
    except OSError:
        shutil.copyfile(checkpoint, target)


def _unwritable_error(path: Path, error: OSError) -> StudioError:
    return StudioError(f"{path}: cannot be written: {error.strerror}.", hint="--workspace DIR")
