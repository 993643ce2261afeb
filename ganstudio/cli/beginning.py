"""What `train` and `runs fork` do alike: trying a run out before it is made, making one from another's checkpoint."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio import __version__
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    from ganstudio.runs.lineage import Origin
    from ganstudio.runs.record import RunRecord, Start
    from ganstudio.workspace import Workspace

StopWhen = Annotated[str | None, typer.Option(metavar="EXPR", help="Finish when this holds: fd < 5 and kimg > 50.")]
Patience = Annotated[float | None, typer.Option(metavar="KIMG", help="Finish after this length with no better score.")]


def check_ends(stop_when: str | None, patience: float | None) -> None:
    """Raises UsageError for a condition that is none, or a patience that is no length."""
    from ganstudio.runs.conditions import parse

    if stop_when is not None:
        parse(stop_when)
    if patience is not None and not patience > 0:
        raise UsageError(f"--patience must be more than 0 kimg; got {patience:g}.", hint="--patience 200")


def dry_run(draft: RunRecord, architecture: bytes | None, origin: Origin | None = None) -> dict[str, Any]:
    """The worker's answer to a run that is not made. Raises UsageError for whatever could not be trained."""
    from ganstudio import bridge
    from ganstudio.runs import record

    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder:
        named = replace(draft, id="dry-run", name=draft.name or "dry-run")
        file = record.write_draft(Path(folder), named, architecture)
        return bridge.call_worker("dry-run", str(file), *(["--start", str(origin.checkpoint)] if origin else []))


def derive(draft: RunRecord, origin: Origin, what: Start) -> RunRecord:
    """`draft` as a run that takes `what` of another's checkpoint."""
    return replace(
        draft,
        id="",
        parent=origin.label,
        group=None,
        sweep={},
        start=what,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__, "python": sys.version.split()[0]},
    )


def create_derived(workspace: Workspace, draft: RunRecord, architecture: bytes | None, origin: Origin) -> Path:
    """The folder of a new run that begins with another's checkpoint.

    Raises UsageError, naming the first mismatch, where that does not fit; nothing is made then.
    """
    from ganstudio.runs import store

    dry_run(draft, architecture, origin)
    return store.create(workspace, draft, architecture, origin.checkpoint)
