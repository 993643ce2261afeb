"""`ganstudio data remove`: removes a data set and its derived ones, once no live run uses it and the user agrees."""

from __future__ import annotations

from ganstudio.cli.output import confirm_removal, note
from ganstudio.data import store
from ganstudio.errors import UsageError, quoted
from ganstudio.runs.data_users import runs_on
from ganstudio.runs.store import RunView
from ganstudio.workspace import Workspace, data_home

_NAMED = 5  # runs that are named


def remove(name: str, yes: bool) -> list[str]:
    """Removes a data set and returns the names of the removed ones; [] where the person at the terminal says no.

    Raises UsageError: no such set; a live run uses it; or nobody can be asked and `yes` was not given.
    """
    users = require_idle(name)
    names = store.names_with_derived(name)
    folders = [data_home() / one for one in names]
    if users:
        note(f"{format_users(users)}: made with it, and can be neither resumed nor scored again without it")
    if not yes and not confirm_removal(names, folders, f"ganstudio data remove {quoted(name)} --yes"):
        return []
    return store.remove(name)


def _stop_command(run: RunView) -> str:
    """The command that stops a run, of another workspace too."""
    if run.status == "stopping":
        return "ganstudio runs list"
    if run.path.parent == Workspace.locate().runs:
        return f"ganstudio runs stop {run.id}"
    return f"ganstudio --workspace {quoted(run.path.parent.parent)} runs stop {run.id}"


def require_idle(name: str) -> list[RunView]:
    """The runs that were made with a data set and have ended. Raises UsageError where a live one uses it."""
    users = runs_on(Workspace.locate(), [data_home() / one for one in store.names_with_derived(name)])
    live = [run for run in users if run.live]
    if live:
        raise UsageError(
            f"data set {name!r}: is used by {format_users(live)}.",
            hint=_stop_command(live[0]),
        )
    return users


def format_users(runs: list[RunView]) -> str:
    """`a (running), b (queued) and 3 more`; whole paths of runs in other workspaces."""
    here = Workspace.locate().runs
    labels = [f"{run.id if run.path.parent == here else run.path} ({run.status})" for run in runs[:_NAMED]]
    more = f" and {len(runs) - _NAMED} more" if len(runs) > _NAMED else ""
    return f"{', '.join(labels)}{more}"
