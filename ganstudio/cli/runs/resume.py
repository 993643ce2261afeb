"""`ganstudio runs resume`: continues a run, or the unfinished runs of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.common_flags import Notify, OnFinish, Queue, Share, manner, wishes
from ganstudio.cli.output import note
from ganstudio.cli.runs.run_json import print_members
from ganstudio.cli.suggestion import doubled_minutes, fork_command
from ganstudio.cli.train.dry_run import require_data
from ganstudio.errors import DataError, UsageError
from ganstudio.runs import checkpoints, process, store
from ganstudio.runs.queue.tickets import Manner
from ganstudio.runs.store import LATEST, RunView, group_of
from ganstudio.trackers import supervise
from ganstudio.units import format_seconds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.watcher.start import Wishes

_Run = Annotated[
    str,
    typer.Argument(metavar="RUN|SWEEP", help="An id, its beginning, a name, its folder, or latest; a sweep's for all."),
]


def resume(
    run: _Run = LATEST,
    detach: Annotated[bool, typer.Option("--detach", help="Print the id at once.")] = False,
    minutes: Annotated[
        float | None, typer.Option(metavar="N", help="Stop after this time in all, instead of the time given before.")
    ] = None,
    queue: Queue = False,
    share: Share = False,
    on_finish: OnFinish = None,
    notify: Notify = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run the architecture.py that came with the run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Go on with a run from its last checkpoint.

    Of a sweep, those that are not finished are queued, and their ids printed at once.

    \b
    Examples:
      ganstudio runs resume
      ganstudio runs resume dcgan-mnist-1 --minutes 10
      ganstudio runs resume dcgan-mnist-1 --queue --detach
      ganstudio runs resume dcgan-mnist-sweep1
    """
    from ganstudio.cli.follow.follow import follow_and_report

    if_busy, at_end = manner(queue, share), wishes(on_finish, notify)
    members = store.find_all(Workspace.locate(), run)
    if group := group_of(members, run):
        _resume_sweep(members, group, minutes, "share" if share else "queue", trust, as_json, at_end)
        return
    allowed = _time_limit(members[0], minutes)
    _check_resumable(members[0], allowed)
    _check_trust(members[0], trust)
    require_data(members[0])
    _spawn(members[:1], minutes, if_busy, at_end)
    follow_and_report(members[0].path, allowed, detach, as_json, new=False)


def _resume_sweep(
    members: Sequence[RunView],
    group: str,
    minutes: float | None,
    if_busy: Manner,
    trust: bool,
    as_json: bool,
    at_end: Wishes,
) -> None:
    """Queues every member that can be resumed. Raises UsageError where none can."""
    left, messages, hints = [], [], []
    for member in members:
        try:
            _check_resumable(member, _time_limit(member, minutes))
            require_data(member)
            left.append(member)
        except UsageError as error:
            messages.append(error.message)
            hints += [error.hint] if isinstance(error, DataError) and error.hint else []
    if not left:
        reasons = [*messages[:3], *([f"and {len(messages) - 3} more"] if messages[3:] else [])]
        raise UsageError(
            f"{group}: none of its {len(members)} runs can go on. {' '.join(reasons)}",
            hint=(hints or ["ganstudio runs list"])[0],
        )
    for member in left:
        _check_trust(member, trust)
    _spawn(left, minutes, if_busy, at_end)
    print_members([store.view(member.path) for member in left], group, as_json)
    note(f"{group}: {len(left)} of {len(members)} runs go on; `ganstudio runs list` shows how far they are")


def _time_limit(run: RunView, minutes: float | None) -> float | None:
    return minutes if minutes is not None else run.minutes


def _check_trust(run: RunView, trust: bool) -> None:
    from ganstudio.runs.trusted_files import require_run

    require_run(run.path, run.record, trust)


def _spawn(runs: Sequence[RunView], minutes: float | None, if_busy: Manner, at_end: Wishes) -> None:
    """Starts the workers of runs with their trackers, and a watcher of those that were started where one is wanted."""
    from ganstudio.watcher.start import offset_of, start

    offsets: dict[Path, int] = {}
    try:
        for run in runs:
            offset = offset_of(run.path)
            # A worker that was killed before it wrote one has nothing to lose: it starts anew.
            has_checkpoint = bool(checkpoints.all_checkpoints(run.path))
            limit = _time_limit(run, minutes)
            process.spawn(run.path, run.record, resume=has_checkpoint, minutes=limit, manner=if_busy)
            offsets[run.path] = offset
            supervise.start(run.path)
    finally:
        start(offsets, at_end)


def _check_resumable(run: RunView, minutes: float | None) -> None:
    """Raises UsageError where a run cannot be resumed: it is live, or has ended its length or its minutes."""
    state = run.state
    store.require_own(run, "resume")
    if run.live:
        raise UsageError(f"{run.id} is {run.status} already.", hint=f"ganstudio runs logs -f {run.id}")
    if state.nimg >= run.kimg_total * 1000 and run.status == "finished":
        raise UsageError(
            f"{run.id} has trained its {run.kimg_total:g} kimg.",
            hint=fork_command(run),
        )
    if state.reason in ("stop_when", "patience"):
        ended = f"--patience {run.record.patience:g}" if state.reason == "patience" else run.record.stop_when
        raise UsageError(
            f"{run.id} has ended as it was asked to: {ended}.", hint=f"ganstudio runs fork {run.id}   # goes on without"
        )
    # the last score was made within the minutes: nothing is left of them, be they a little longer than the run
    out_of_time = run.status == "finished" and state.reason == "budget" and run.minutes is not None
    if minutes is not None and (state.elapsed_s >= minutes * 60 or (out_of_time and minutes <= (run.minutes or 0))):
        raise UsageError(
            f"{run.id} has trained for {format_seconds(state.elapsed_s)}; --minutes {minutes:g} is spent.",
            hint=f"ganstudio runs resume {run.id} --minutes {doubled_minutes(run, minutes)}",
        )
