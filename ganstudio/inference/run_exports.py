"""Which exports are of a run, and whether one is of the checkpoint that is asked for.

A run's id alone does not tell: once a run is removed, another may get its name. So the time when it was made counts.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.runs import checkpoints, names
from ganstudio.runs.record import NAME, RunRecord, load_record
from ganstudio.units import format_kimg
from ganstudio.workspace import Workspace, is_name

BEST = "best"  # the checkpoint that is meant where none is named: the last where there is no score
_NEAR = 500  # images around a number of kimg, as `checkpoints.choose` has it


def run_folder(workspace: Workspace, reference: str) -> Path | None:
    """The folder of the run that RUN, or RUN@KIMG, names exactly, by its id or its path; None where there is none."""
    return names.folder_of(workspace, names.split_reference(reference)[0])


def exports_of_run(exports: Sequence[Export], record: RunRecord) -> list[Export]:
    """The exports of this very run, in their order: none of a removed run that had the same id."""
    identity = (record.id, record.created)
    return [export for export in exports if (export.manifest.run, export.manifest.run_created) == identity]


def run_of_export(workspace: Workspace, export: Export) -> Path | None:
    """The folder of the very run that an export was made of; None where it is of none, or that run is not here."""
    run = export.manifest.run
    folder = run_folder(workspace, run) if run and is_name(run) else None
    if folder is None:
        return None
    try:
        return folder if export.manifest.run_created in (None, load_record(folder / NAME).created) else None
    except StudioError:
        return None


def export_of_checkpoint(
    folder: Path, record: RunRecord, exports: Sequence[Export], which: str = BEST
) -> Export | None:
    """The newest export of a run's checkpoint: `best`, `last` or a number of kimg. None where it is to be made.

    An export answers for a checkpoint that is gone, too.
    """
    own = exports_of_run(exports, record)
    try:
        wanted, near = checkpoints.nimg_of(checkpoints.choose(folder, which)), 0
    except UsageError:
        if which in (BEST, "last"):  # no checkpoint is left
            return own[0] if own else None
        wanted, near = _nimg(which), _NEAR
    return next((one for one in own if abs(_checkpoint_order(one) - wanted) <= near), None)


def outdated_sentence(workspace: Workspace, export: Export) -> str:
    """A sentence on an export that is older than its run; "" where it is up to date, or the run is not here."""
    run, nimg = export.manifest.run, export.manifest.checkpoint_nimg
    folder = run_folder(workspace, run) if run and is_name(run) else None
    if folder is None or nimg is None:
        return ""
    with contextlib.suppress(StudioError):  # a run that is damaged, or has no checkpoint left
        if export.manifest.run_created not in (None, load_record(folder / NAME).created):
            return f"{export.name} is of a removed run {run}, not of the {run} that is here now."
        now = checkpoints.nimg_of(checkpoints.choose(folder, BEST))
        if now != nimg:
            what = "best" if checkpoints.best(folder) else "last"
            here = f"{run} at {format_kimg(nimg)} kimg"
            return f"{export.name} is {here}; its {what} checkpoint is at {format_kimg(now)} kimg."
    return ""


def free_path(path: Path, record: RunRecord) -> Path:
    """`path`, or NAME-2 and so on where it holds an export of another run, which stays."""
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(one for one in itertools.chain([path], others) if not _is_of_another_run(one, record))


def _is_of_another_run(path: Path, record: RunRecord) -> bool:
    try:
        manifest = Export.load(path).manifest
    except UsageError:  # nothing is there, or nothing that can be used
        return False
    return manifest.run != record.id or manifest.run_created not in (None, record.created)


def _checkpoint_order(export: Export) -> int:
    nimg = export.manifest.checkpoint_nimg
    return -1 if nimg is None else nimg


def _nimg(which: str) -> int:
    try:
        return round(float(which) * 1000)
    except (ValueError, OverflowError):
        return -_NEAR - 2  # near no checkpoint
