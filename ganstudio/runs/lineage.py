"""What a new run begins with: a checkpoint of another run, or a checkpoint's file wherever it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError, quoted
from ganstudio.runs import checkpoints, events, names, store
from ganstudio.runs.record import NAME
from ganstudio.runs.store import LATEST, RunView
from ganstudio.workspace import Workspace, is_name, nearest_path


@dataclass(frozen=True)
class Beginning:
    """A checkpoint, whose networks a new run takes."""

    checkpoint: Path

    @property
    def label(self) -> str:
        """The checkpoint as `parent` names it: its path."""
        return str(self.checkpoint)


@dataclass(frozen=True)
class Origin(Beginning):
    """A checkpoint of a run of this workspace, of which a fork takes everything."""

    run: RunView

    @property
    def nimg(self) -> int:
        return checkpoints.nimg_of(self.checkpoint)

    @property
    def label(self) -> str:
        """RUN@KIMG, as `parent` names it."""
        return f"{self.run.id}@{self.nimg / 1000:g}"

    def changes(self) -> dict[str, Any]:
        """Knobs that had changed when the checkpoint was written, and their values then."""
        written, _ = events.read_events(self.run.path / events.NAME)
        name = f"{checkpoints.folder(self.run.path).name}/{self.checkpoint.name}"
        changes = [e.get("changes", ()) for e in written if e["event"] == "checkpointed" and e["path"] == name]
        # written again after a resume, the file is that of the last event
        return {change["key"]: change["to"] for change in changes[-1]} if changes else {}


def find_origin(workspace: Workspace, reference: str) -> Origin:
    """The checkpoint that RUN or RUN@KIMG means; RUN alone is its last.

    Raises UsageError for an unknown run, or where there is no such checkpoint, naming those that are kept.
    """
    name, at, which = names.split_reference(reference)
    if at and not which:
        hint = f"ganstudio runs show {quoted(name or LATEST)}"
        raise UsageError(f"{reference}: a number of kimg must follow the @.", hint)
    run = store.find(workspace, name or LATEST)
    store.require_own(run, "go on from")
    return Origin(checkpoints.choose(run.path, which or "last"), run)


def find_beginning(workspace: Workspace, reference: str) -> Beginning:
    """The checkpoint that RUN, RUN@KIMG or a path means: to a file, or to a run's folder, of any workspace.

    A run of this workspace comes before a file of the same name. Raises UsageError where there is none of either.
    """
    folder, _, which = names.split_reference(reference)
    if not folder or (is_name(folder) and (workspace.runs / folder / NAME).is_file()):
        return find_origin(workspace, reference)
    for root in (Path.cwd(), workspace.root):  # where a path may begin
        if (root / reference).is_file():
            return _beginning_at(workspace, root / reference)
        if not is_name(folder) and (root / folder / NAME).is_file():
            return _beginning_at(workspace, checkpoints.choose(root / folder, which or "last"))
    if is_name(folder) and Path(reference).suffix != ".pt":
        return find_origin(workspace, reference)
    what = "is a folder without a run" if Path(reference).is_dir() else "there is no such file"
    raise UsageError(f"--from {reference}: {what}. {nearest_path(reference)}", hint="ganstudio runs list")


def _beginning_at(workspace: Workspace, file: Path) -> Beginning:
    """The file as a checkpoint of its run, where that is one of this workspace."""
    run = file.parent.parent
    own = workspace.runs / run.name
    if (own / NAME).is_file() and own.samefile(run) and file in checkpoints.all_checkpoints(run):
        return Origin(checkpoints.folder(own) / file.name, store.view(own))
    return Beginning(file)
