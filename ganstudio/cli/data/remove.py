"""`ganstudio data remove`: what goes with a data set, who uses it, and the question before it goes."""

from __future__ import annotations

from ganstudio.cli.output import may_remove, note
from ganstudio.data import store
from ganstudio.errors import UsageError, quoted
from ganstudio.runs.data_users import runs_on
from ganstudio.runs.store import RunView
from ganstudio.workspace import Workspace, data_home

_NAMED = 5  # runs that are named


def remove(name: str, yes: bool) -> list[str]:
    """The names of what is gone; [] where the person at the terminal says no.

    Raises UsageError: no such set; a live run uses it; or nobody can be asked and `yes` was not given.
    """
    users = require_idle(name)
    doomed = store.names_with_derived(name)
    folders = [data_home() / one for one in doomed]
    if users:
        note(f"{users_named(users)}: made with it, and can be neither resumed nor scored again without it")
    if not yes and not may_remove(doomed, folders, f"ganstudio data remove {quoted(name)} --yes"):
        return []
    return store.remove(name)


def _stop(run: RunView) -> str:
    """The command that ends it, of a run in another workspace as well."""
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
            f"data set {name!r}: is used by {users_named(live)}.",
            hint=_stop(live[0]),
        )
    return users


def users_named(runs: list[RunView]) -> str:
    """`a (running), b (queued) and 3 more`; whole paths of runs that lie elsewhere."""
    here = Workspace.locate().runs
    told = [f"{run.id if run.path.parent == here else run.path} ({run.status})" for run in runs[:_NAMED]]
    more = f" and {len(runs) - _NAMED} more" if len(runs) > _NAMED else ""
    return f"{', '.join(told)}{more}"
