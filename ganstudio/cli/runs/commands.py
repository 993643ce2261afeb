"""`ganstudio runs logs`, `stop` and `remove`; the other commands of the group have files of their own."""

from __future__ import annotations

import codecs
import math
import time
from typing import Annotated

import typer

from ganstudio.cli.output import confirm_removal, print_text
from ganstudio.cli.runs.run_json import print_members
from ganstudio.cli.runs.stop import KILL_S, WAIT_S, kill_runs, request_stop
from ganstudio.errors import TrainingError, UsageError, quoted
from ganstudio.runs import log, store
from ganstudio.runs.stop import STARTING_S
from ganstudio.runs.store import LATEST, group_of
from ganstudio.workspace import Workspace

_RUN_HELP = "An id, the beginning of one, a name, its folder, or latest."
_Run = Annotated[str, typer.Argument(metavar="RUN", help=_RUN_HELP)]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def logs(
    run: _Run = LATEST,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on printing until the run ends.")] = False,
) -> None:
    """Print what a run's worker wrote.

    \b
    Example:
      ganstudio runs logs -f
    """
    view = store.find(Workspace.locate(), run)
    # Keeps the first bytes of a character until the others are there: at the end of a block, or of what is written.
    decoder, offset = codecs.getincrementaldecoder("utf-8")("replace"), 0
    while True:
        # Asked first: what the worker writes last is then still printed.
        live = follow and store.view(view.path).live
        for block in log.blocks(view.path / log.NAME, offset):
            offset += len(block)
            print_text(decoder.decode(block))
        if not live:
            print_text(decoder.decode(b"", final=True))
            return
        time.sleep(0.5)


def stop(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|SWEEP",
            show_default=False,
            help=f"{_RUN_HELP[:-1]}; a sweep's for all of it.  [default: the newest that is live]",
        ),
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Ask, and do not wait until it has.")] = False,
    kill: Annotated[
        bool,
        typer.Option("--kill", help="End what does not answer: SIGTERM, then SIGKILL to all that the run started."),
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help=f"How long to wait for it, then exit 1; with --kill, from SIGTERM to SIGKILL.  [default: {WAIT_S:g}; "
            f"with --kill {KILL_S:g}]",
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Stop a run with a checkpoint, which `resume` goes on from.

    A run that is killed loses what it did since its last checkpoint. --json prints the run; of a sweep one object, with
    the sweep's name as `group` and its `runs`.

    \b
    Examples:
      ganstudio runs stop dcgan-mnist-1
      ganstudio runs stop dcgan-mnist-sweep1
      ganstudio runs stop dcgan-mnist-1 --kill
    """
    if kill and no_wait:
        raise UsageError("--kill waits until the process is gone; leave --no-wait out.")
    if wait is not None and not 0 <= wait < math.inf:
        raise UsageError(f"--wait: a number of seconds from 0; got {wait:g}.")
    workspace = Workspace.locate()
    views = store.find_all(workspace, run) if run else [store.find_live(workspace, None)]
    live = [view for view in views if view.live]
    if not live:
        states = " and ".join(dict.fromkeys(view.status for view in views))
        raise UsageError(
            f"{run if views[1:] else views[0].id} is {states}: there is nothing to stop.", "ganstudio runs list"
        )
    group = group_of(views, run) if run else None
    if kill:
        kill_runs(live, group, KILL_S if wait is None else wait)
    else:
        request_stop(live, group, None if no_wait else WAIT_S if wait is None else wait, STARTING_S)
    ended = [store.view(view.path) for view in live]
    lost = [view for view in ended if view.status in ("failed", "crashed")]
    if lost:
        raise TrainingError(f"{lost[0].id} {lost[0].status} before it could stop.", f"ganstudio runs show {lost[0].id}")
    print_members(ended, group, as_json)


def remove(
    run: Annotated[list[str], typer.Argument(metavar="RUN|SWEEP...", help=_RUN_HELP)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete runs: their checkpoints, samples and numbers. Exports stay.

    \b
    Example:
      ganstudio runs remove dcgan-mnist-1 dcgan-mnist-2
    """
    workspace = Workspace.locate()
    views = store.find_each(workspace, run)
    for view in views:
        if view.live:
            raise UsageError(f"{view.id} is {view.status}.", hint=f"ganstudio runs stop {view.id}")
    yes_command = f"ganstudio runs remove {' '.join(map(quoted, run))} --yes"
    if not yes and not confirm_removal([view.id for view in views], (view.path for view in views), yes_command):
        return
    for view in views:
        store.remove(view.path)
        print(view.id)
