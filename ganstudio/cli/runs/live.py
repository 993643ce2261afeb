"""`ganstudio runs pause|continue|snapshot|evaluate|set`: requests to a live run."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.cli.runs.run_json import run_json
from ganstudio.cli.suggestion import fork_command, resume_command
from ganstudio.errors import StudioError, TrainingError, UsageError, quoted
from ganstudio.runs import checkpoints, events, names, process, requests, state, stop, store
from ganstudio.runs.requests import Kind
from ganstudio.runs.store import RunView
from ganstudio.units import format_kimg, format_knob, format_number
from ganstudio.workspace import Workspace

ANSWER_S = 300.0  # a worker that has not done what it was asked by then will not
SCORE_S = 3600.0  # by a large network, on a CPU

_Run = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        show_default=False,
        help="An id, the beginning of one, a name, its folder, or latest.  [default: the newest that is live]",
    ),
]
_NoWait = Annotated[bool, typer.Option("--no-wait", help="Ask, and do not wait until it has.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


def pause(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Hold a run after its step, with a checkpoint. It keeps its memory, its time stands still.

    \b
    Example:
      ganstudio runs pause dcgan-mnist-1
    """
    view = store.find_live(Workspace.locate(), run)
    _require_live(view, "pause")
    if view.status == "paused":
        raise UsageError(f"{view.id} is paused already.", hint=f"ganstudio runs continue {view.id}")
    note(f"{view.id}: pauses after this step, with a checkpoint")
    view, _ = _send_request(view, "pause", "paused", no_wait)
    _print_run(view, as_json)


def continue_run(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Let a paused run go on.

    \b
    Example:
      ganstudio runs continue dcgan-mnist-1
    """
    view = store.find_live(Workspace.locate(), run)
    _require_live(view, "continue")
    if view.status != "paused" and not requests.pending(view.path, "pause"):
        raise UsageError(f"{view.id} is {view.status}, not paused.", hint=f"ganstudio runs logs -f {view.id}")
    view, _ = _send_request(view, "continue", "continued", no_wait)
    _print_run(view, as_json)


def snapshot(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Draw samples and write a checkpoint now; print the checkpoint's path.

    \b
    Example:
      ganstudio runs snapshot dcgan-mnist-1
    """
    view = store.find_live(Workspace.locate(), run)
    _require_live(view, "snapshot")
    view, answers = _send_request(view, "snapshot", "checkpointed", no_wait)
    checkpoint = view.path / answers[-1]["path"] if answers else None
    if as_json and checkpoint:
        print_json({**run_json(view), "checkpoint": str(checkpoint)})
    elif checkpoint:
        print_made(checkpoint)
    else:
        _print_run(view, as_json)


def evaluate(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Score a live run now, whenever the next score is due; print it. A best one is kept as a checkpoint.

    \b
    Example:
      ganstudio runs evaluate dcgan-mnist-1
    """
    view = store.find_live(Workspace.locate(), run)
    _require_live(view, "evaluate", f"ganstudio evaluate {view.id} --against {view.record.data['name']}")
    view, answers = _send_request(view, "evaluate", "evaluated", no_wait)
    if not answers and not no_wait:
        why = view.state.score_missing or "evaluation.features is none"
        raise UsageError(
            f"{view.id} is not scored while it trains: {why}.",
            hint=f"ganstudio evaluate {view.id} --against {view.record.data['name']}",
        )
    if as_json or not answers:
        _print_run(view, as_json)
    else:
        print(f"{answers[-1]['score']}  {format_number(answers[-1]['value'])}")


def set_knobs(
    run: _Run = None,
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", show_default=False, help="Knobs, as `--set` takes them."),
    ] = None,
    no_wait: _NoWait = False,
    as_json: _Json = False,
) -> None:
    """Change numbers of a live run: learning rates, betas, weights, how often it samples, scores and keeps.

    A number takes the place of a schedule from here on, and .end= and the like change the schedule itself. The change
    is told in the run's events and kept in its checkpoints; run.json stays as it was.

    \b
    Examples:
      ganstudio runs set dcgan-mnist-1 lr=1e-4
      ganstudio runs set lr.end=1e-5
      ganstudio runs set training.checkpoint_kimg=5
      ganstudio runs set latest 'generator_optimizer.lr={start=2e-4, end=0, since=0.5}'
      ganstudio runs set latest generator_optimizer.lr.end=1e-5
    """
    from ganstudio.recipe import live

    workspace = Workspace.locate()
    run, settings = _run_and_settings(workspace, run, settings or [])
    view = store.find_live(workspace, run)
    _require_live(view, "set", fork_command(view, *settings) if checkpoints.all_checkpoints(view.path) else None)
    recipe = view.record.recipe_after(view.state.changes)
    values = live.read_settings(settings, recipe, view.id, view.state.nimg)
    view, answers = _send_request(view, "set", "changed", no_wait, values=values)
    for change in answers:
        note(f"{view.id}: {change_text(change)}")
    if not answers and not no_wait:
        note(f"{view.id}: was so already")
    _print_run(view, as_json)


def _run_and_settings(workspace: Workspace, run: str | None, settings: list[str]) -> tuple[str | None, list[str]]:
    """The run and the settings. A first word with a `=` is a setting, unless a run lies at that path.

    Raises UsageError without any setting.
    """
    if run and "=" in run and names.folder_of(workspace, run) is None:
        settings = [run, *settings]
        run = None
    if run and settings and "=" not in settings[0] and (knob := _live_knob(run)):
        raise UsageError(f"{run} {settings[0]}: must be key=value.", hint=f"ganstudio runs set {knob}={settings[0]}")
    if not settings:
        beside = f"{quoted(run)} " if run else ""
        raise UsageError("KEY=VALUE is missing.", hint=f"ganstudio runs set {beside}lr=1e-4")
    return run, settings


def _live_knob(word: str) -> str | None:
    """The key of the live knob whose key, or the end of it, is `word`; None without one."""
    from ganstudio.recipe.live import LIVE

    return next((key for key in LIVE if key == word or key.endswith(f".{word}")), None)


def change_text(change: dict[str, Any]) -> str:
    """`generator_optimizer.lr 0.0002 -> 0.0001 at 12.3 kimg`"""
    old, new = (format_knob(change[side]) for side in ("from", "to"))
    return f"{change['key']} {old} -> {new} at {format_kimg(change['nimg'])} kimg"


def _require_live(run: RunView, word: str, instead: str | None = None) -> None:
    """Raises UsageError, with the command to type instead, where no process works on the run."""
    store.require_own(run, word)
    if run.status == "queued" and run.state.ahead:
        raise UsageError(f"{run.id} waits for its turn: there is nothing to {word} yet.", hint="ganstudio runs list")
    if run.live and run.status not in ("stopping", "prepared"):
        return
    hints = {
        "stopping": f"{resume_command(run)}   # once it has stopped",
        "finished": fork_command(run),
    }
    raise UsageError(
        f"{run.id} is {run.status}: there is nothing to {word}.",
        hint=instead or hints.get(run.status, resume_command(run)),
    )


def _send_request(
    run: RunView, kind: Kind, event: str, no_wait: bool, **fields: Any
) -> tuple[RunView, list[events.Event]]:
    """Sends a request and returns the run once its worker has obeyed, and the `event`s of it; at once with `no_wait`.

    Raises TrainingError where the run ended before, StudioError where its worker does not answer.
    """
    _, offset = state.current(run.path)
    request = requests.post(run.path, kind, **fields)
    if no_wait:
        return store.view(run.path), []
    until = time.monotonic() + (SCORE_S if kind == "evaluate" else ANSWER_S)
    while request.exists() and process.alive(run.path):
        if why := stop.silence_reason(run.path, until):
            request.unlink(missing_ok=True)
            raise StudioError(f"{run.id} did not {kind}: {why}.", hint=f"ganstudio runs stop {run.id} --kill")
        time.sleep(0.1)
    undone = request.exists()
    request.unlink(missing_ok=True)
    view = store.view(run.path)
    news, _ = events.read_events(run.path / events.NAME, offset)
    answers = [entry for entry in news if entry["event"] == event]
    if not answers and (undone or not view.live):
        raise TrainingError(f"{view.id} {view.status} before it could {kind}.", f"ganstudio runs show {view.id}")
    return view, answers


def _print_run(run: RunView, as_json: bool) -> None:
    print_json(run_json(run)) if as_json else print(run.id)
