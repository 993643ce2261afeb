"""Which runs use a packed data set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from ganstudio.errors import StudioError
from ganstudio.runs import store
from ganstudio.runs.queue import tickets
from ganstudio.runs.store import RunView
from ganstudio.workspace import Workspace


def runs_on(workspace: Workspace, sets: Iterable[Path]) -> list[RunView]:
    """The runs that were made with the data at `sets`, oldest first.

    Those of the workspace, and those of any other that use a device of this machine or wait for one.
    """
    wanted = {path.resolve() for path in sets}
    views = {run.path: run for run in store.list_runs(workspace)}
    for ticket in tickets.living():
        if ticket.run not in views:
            with contextlib.suppress(StudioError):
                views[ticket.run] = store.view(ticket.run)
    used = [run for run in views.values() if (path := run.record.data.get("path")) and Path(path).resolve() in wanted]
    return sorted(used, key=lambda run: store.age_key(run.record))
