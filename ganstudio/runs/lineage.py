"""The origin of a fork: a checkpoint of another run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError, quoted
from ganstudio.runs import checkpoints, events, names, store
from ganstudio.runs.store import LATEST, RunView
from ganstudio.workspace import Workspace


@dataclass(frozen=True)
class Origin:
    run: RunView
    checkpoint: Path

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
    return Origin(run, checkpoints.choose(run.path, which or "last"))
