"""`ganstudio runs stop`: asks runs to stop, and kills those that do not answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ganstudio.cli.output import note
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.report.runs import waiting
from ganstudio.runs import process, requests, stop, store
from ganstudio.runs.store import RunView
from ganstudio.units import format_kimg, format_seconds

WAIT_S = 300.0  # a last score and a checkpoint are in it
KILL_S = 10.0


def request_stop(runs: Sequence[RunView], group: str | None, wait_s: float | None, starting_s: float) -> None:
    """Asks live runs to stop and waits up to `wait_s` seconds until they have; not at all for None.

    Raises StudioError, with the command that kills, where one has not.
    """
    # All are asked before any is waited for: none of a sweep begins because the one before it ends.
    for run in runs:
        requests.post(run.path, "stop")
    if wait_s is None:
        return
    for run in runs:
        note(f"{run.id}: {_stop_sentence(run)}")
    until = time.monotonic() + wait_s
    left = [run for run in runs if not stop.wait_until_ended(run.path, until, starting_s)]
    if left:
        sentences = [
            f"{run.id} has not stopped: {stop.silence_reason(run.path, until)}. It stays asked to." for run in left
        ]
        raise StudioError("\n".join(sentences), hint=_kill_hint(left, group))


def kill_runs(runs: Sequence[RunView], group: str | None, wait_s: float) -> None:
    """Kills the processes of live runs that do not stop. Raises UsageError for runs of another machine, StudioError."""
    elsewhere = {run.id: host for run in runs if (host := process.host_elsewhere(run.path))}
    if elsewhere:
        name, host = next(iter(elsewhere.items()))
        raise UsageError(
            f"{', '.join(elsewhere)}: trains on {host}, and a process can be killed on its own machine alone.",
            hint=f"ssh {host} ganstudio --workspace {quoted(runs[0].path.parent.parent)} "
            f"runs stop {group or name} --kill",
        )
    for run in runs:
        requests.post(run.path, "stop")
        note(f"{run.id}: is sent SIGTERM, and SIGKILL if it is there after {format_seconds(wait_s)}")
    killed = stop.kill([run.path for run in runs], wait_s)
    for path in killed:
        view = store.view(path)
        checkpoint = view.state.checkpoint
        kimg = format_kimg(view.state.nimg)
        outcome = f"goes on from {checkpoint}, {kimg} kimg were trained" if checkpoint else "has no checkpoint"
        note(f"{view.id}: was killed; it {outcome}")


def _stop_sentence(run: RunView) -> str:
    """The words on how a live run reacts to a request to stop, as the end of a note."""
    if run.pid and stop.suspended(run.pid):
        return "is asked to stop, but suspended"
    if waiting(run):
        return "leaves the line"
    match run.status:
        case "queued":
            return "stops as soon as it has begun"
        case "paused":
            return "stops where it paused, with a checkpoint"
        case _:
            host = process.host_elsewhere(run.path)
            return f"stops after this step{f' on {host}' if host else ''}, with a checkpoint"


def _kill_hint(left: Sequence[RunView], group: str | None) -> str:
    host = process.host_elsewhere(left[0].path)
    name = group if group and len(left) > 1 else left[0].id
    return f"ganstudio runs stop {name} --kill{f'   # on {host}' if host else ''}"
