"""`ganstudio runs`: what there is, what came of it, and what to do with it."""

from __future__ import annotations

import codecs
import math
import sys
import time
from typing import Annotated, Any

import typer

from ganstudio.cli.output import may_remove, note, paint, print_json, print_text, say
from ganstudio.cli.runs.compare import compare
from ganstudio.cli.runs.fork import fork
from ganstudio.cli.runs.list_table import print_runs, swept
from ganstudio.cli.runs.live import go_on, pause, said, score, set_knobs, snapshot
from ganstudio.cli.runs.plot import plot
from ganstudio.cli.runs.resume import resume
from ganstudio.cli.runs.run_json import findings_of, print_members, run_json
from ganstudio.cli.runs.stop import KILL_S, WAIT_S, ask, end
from ganstudio.errors import StudioError, TrainingError, UsageError, quoted
from ganstudio.runs import log, store
from ganstudio.runs.facts import critic_facts, score_course, skipped_score, waiting
from ganstudio.runs.stop import STARTING_S
from ganstudio.runs.store import LATEST, RunView, group_of
from ganstudio.units import format_kimg, format_number, format_seconds
from ganstudio.workspace import Workspace

app = typer.Typer(help="List, show, compare, steer, fork and remove runs.", rich_markup_mode=None, add_completion=False)

_RUN_HELP = "An id, the beginning of one, a name, or latest."
_Run = Annotated[str, typer.Argument(metavar="RUN", help=_RUN_HELP)]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_runs(as_json: _Json = False) -> None:
    """List every run, oldest first.

    \b
    Example:
      ganstudio runs list
    """
    runs = store.list_runs(Workspace.locate(), damaged=_left_out)
    if as_json:
        print_json([table for run in runs if (table := _json_or_left_out(run))])
    elif runs:
        print_runs(runs)
    else:
        note(f"no runs in {Workspace.locate().runs}")
        note(f"{paint('try:', 'cyan', sys.stderr)} ganstudio train dcgan --data mnist")


def _left_out(error: StudioError) -> None:
    note(f"left out: {error.message}")


def _json_or_left_out(run: RunView) -> dict[str, Any] | None:
    try:
        return run_json(run)
    except StudioError as error:
        _left_out(error)
        return None


@app.command("show")
def show_run(run: _Run = LATEST, as_json: _Json = False) -> None:
    """Show one run: where it stands, its losses and scores, its files.

    \b
    Examples:
      ganstudio runs show
      ganstudio runs show dcgan-mnist-1 --json
    """
    found = store.find(Workspace.locate(), run)
    if as_json:
        print_json(run_json(found))
        return
    for key, value in _facts(found):
        say(f"{paint(f'{key:<11}', 'dim', sys.stdout)} {value}")


def _facts(run: RunView) -> list[tuple[str, str]]:
    """What `show` prints, (word, value) a line; nothing that has not happened."""
    state, record = run.state, run.record
    speed = f", {state.img_per_s:,.0f} img/s" if state.img_per_s else ""
    facts = [
        ("run", paint(run.id, "bold", sys.stdout)),
        (
            "state",
            run.status + (f": {run.ended}" if run.ended else "") + (f", pid {run.pid}" if run.pid else ""),
        ),
        *([("waits", waiting(run).removeprefix("waits "))] if waiting(run) else []),
        *([("sweep", f"{record.group}: {swept(record.sweep)}")] if record.group else []),
        ("preset", record.preset),
        ("data", f"{record.data['name']}, {record.count:,} images"),
        *([("parent", record.parent)] if record.parent else []),
        ("device", " ".join(filter(None, (state.device or record.device, state.precision)))),
        *([("threads", f"{state.threads}, for it began beside other runs")] if state.threads else []),
        (
            "progress",
            f"{format_kimg(state.nimg)} of {run.kimg_total:g} kimg in {format_seconds(state.elapsed_s)}{speed}",
        ),
    ]
    facts += [("ends when", text) for text in _ends(run)]
    facts += [(name, format_number(value)) for name, value in critic_facts(run)]
    facts += [
        ("score", f"{name} {score_course(run, name)} at {format_kimg(score.nimg)} kimg")
        for name, score in state.scores.items()
    ]
    facts += [("score", f"none: {state.score_missing}")] if state.score_missing else []
    facts += [("skipped", skipped_score(run))] if state.skipped else []
    if state.best:
        facts.append(("best", f"{format_number(state.best.value)} at {format_kimg(state.best.nimg)} kimg"))
    if state.error:
        facts.append(("error", paint(state.error["message"], "red", sys.stdout)))
    facts += [("finding", f"{finding.severity}: {finding.symptom}") for finding in findings_of(run)]
    facts += [("changed", said(change)) for change in state.changes]
    facts += [("note", text) for text in state.notes]
    facts += [("checkpoint", state.checkpoint)] if state.checkpoint else []
    facts += [("samples", state.sample)] if state.sample else []
    return [*facts, ("folder", str(run.path))]


def _ends(run: RunView) -> list[str]:
    """What ends the run before its length does."""
    record = run.record
    minutes = [f"{run.minutes:g} minutes have passed"] if run.minutes is not None else []
    condition = [record.stop_when] if record.stop_when else []
    patience = [f"no better score for {record.patience:g} kimg"] if record.patience is not None else []
    return [*minutes, *condition, *patience]


app.command("plot")(plot)
app.command("compare")(compare)
app.command("pause")(pause)
app.command("continue")(go_on)
app.command("snapshot")(snapshot)
app.command("evaluate")(score)
app.command("set")(set_knobs)
app.command("fork")(fork)
app.command("resume")(resume)


@app.command("logs")
def logs(
    run: _Run = LATEST,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on printing until the run ends.")] = False,
) -> None:
    """Print what a run's worker wrote.

    \b
    Example:
      ganstudio runs logs -f
    """
    found = store.find(Workspace.locate(), run)
    # Keeps the first bytes of a character until the others are there: at the end of a block, or of what is written.
    decoder, offset = codecs.getincrementaldecoder("utf-8")("replace"), 0
    while True:
        # Asked first: what the worker writes last is then still printed.
        live = follow and store.view(found.path).live
        for block in log.blocks(found.path / log.NAME, offset):
            offset += len(block)
            print_text(decoder.decode(block))
        if not live:
            print_text(decoder.decode(b"", final=True))
            return
        time.sleep(0.5)


@app.command("stop")
def stop(
    run: Annotated[
        str, typer.Argument(metavar="RUN|SWEEP", help=f"{_RUN_HELP[:-1]}; a sweep's for all of it.")
    ] = LATEST,
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
    found = store.find_all(Workspace.locate(), run)
    live = [one for one in found if one.live]
    if not live:
        states = " and ".join(dict.fromkeys(one.status for one in found))
        raise UsageError(
            f"{run if found[1:] else found[0].id} is {states}: there is nothing to stop.", "ganstudio runs list"
        )
    group = group_of(found, run)
    if kill:
        end(live, group, KILL_S if wait is None else wait)
    else:
        ask(live, group, None if no_wait else WAIT_S if wait is None else wait, STARTING_S)
    ended = [store.view(one.path) for one in live]
    lost = [one for one in ended if one.status in ("failed", "crashed")]
    if lost:
        raise TrainingError(f"{lost[0].id} {lost[0].status} before it could stop.", f"ganstudio runs show {lost[0].id}")
    print_members(ended, group, as_json)


@app.command("remove")
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
    found = list({view.id: view for reference in run for view in store.find_all(workspace, reference)}.values())
    for view in found:
        if view.live:
            raise UsageError(f"{view.id} is {view.status}.", hint=f"ganstudio runs stop {view.id}")
    unasked = f"ganstudio runs remove {' '.join(map(quoted, run))} --yes"
    if not yes and not may_remove([view.id for view in found], (view.path for view in found), unasked):
        return
    for view in found:
        store.remove(view.path)
        print(view.id)
