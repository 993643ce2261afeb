"""`ganstudio runs pause|continue|snapshot|evaluate|set`: what a live run is asked to do."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.cli.runs.run_json import run_json
from ganstudio.cli.suggestion import forking, resuming
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
    found = store.find_live(Workspace.locate(), run)
    _must_live(found, "pause")
    if found.status == "paused":
        raise UsageError(f"{found.id} is paused already.", hint=f"ganstudio runs continue {found.id}")
    note(f"{found.id}: pauses after this step, with a checkpoint")
    found, _ = _ask(found, "pause", "paused", no_wait)
    _print_run(found, as_json)


def go_on(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Let a paused run go on.

    \b
    Example:
      ganstudio runs continue dcgan-mnist-1
    """
    found = store.find_live(Workspace.locate(), run)
    _must_live(found, "continue")
    if found.status != "paused" and not requests.pending(found.path, "pause"):
        raise UsageError(f"{found.id} is {found.status}, not paused.", hint=f"ganstudio runs logs -f {found.id}")
    found, _ = _ask(found, "continue", "continued", no_wait)
    _print_run(found, as_json)


def snapshot(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Draw samples and write a checkpoint now; print the checkpoint's path.

    \b
    Example:
      ganstudio runs snapshot dcgan-mnist-1
    """
    found = store.find_live(Workspace.locate(), run)
    _must_live(found, "snapshot")
    found, news = _ask(found, "snapshot", "checkpointed", no_wait)
    made = found.path / news[-1]["path"] if news else None
    if as_json and made:
        print_json({**run_json(found), "checkpoint": str(made)})
    elif made:
        print_made(made)
    else:
        _print_run(found, as_json)


def score(run: _Run = None, no_wait: _NoWait = False, as_json: _Json = False) -> None:
    """Score a live run now, whenever the next score is due; print it. A best one is kept as a checkpoint.

    \b
    Example:
      ganstudio runs evaluate dcgan-mnist-1
    """
    found = store.find_live(Workspace.locate(), run)
    _must_live(found, "evaluate", f"ganstudio evaluate {found.id} --against {found.record.data['name']}")
    found, news = _ask(found, "evaluate", "evaluated", no_wait)
    if not news and not no_wait:
        why = found.state.score_missing or "evaluation.features is none"
        raise UsageError(
            f"{found.id} is not scored while it trains: {why}.",
            hint=f"ganstudio evaluate {found.id} --against {found.record.data['name']}",
        )
    if as_json or not news:
        _print_run(found, as_json)
    else:
        print(f"{news[-1]['score']}  {format_number(news[-1]['value'])}")


def set_knobs(
    run: _Run = None,
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", show_default=False, help="Knobs, as `--set` takes them."),
    ] = None,
    no_wait: _NoWait = False,
    as_json: _Json = False,
) -> None:
    """Change learning rates, betas, or how often a live run samples, scores and keeps.

    The change is told in the run's events and kept in its checkpoints; run.json stays as it was.

    \b
    Examples:
      ganstudio runs set dcgan-mnist-1 generator_optimizer.lr=1e-4 discriminator_optimizer.lr=2e-4
      ganstudio runs set training.checkpoint_kimg=5
    """
    from ganstudio.recipe import live

    workspace = Workspace.locate()
    run, settings = _run_and_settings(workspace, run, settings or [])
    found = store.find_live(workspace, run)
    _must_live(found, "set", forking(found, *settings) if checkpoints.all_checkpoints(found.path) else None)
    values = live.read_settings(settings, found.record.recipe, found.id)
    found, news = _ask(found, "set", "changed", no_wait, values=values)
    for change in news:
        note(f"{found.id}: {said(change)}")
    if not news and not no_wait:
        note(f"{found.id}: was so already")
    _print_run(found, as_json)


def _run_and_settings(workspace: Workspace, run: str | None, settings: list[str]) -> tuple[str | None, list[str]]:
    """The first word is a setting where it has a `=`, unless a run lies at that path. Raises UsageError without any."""
    if run and "=" in run and names.folder_of(workspace, run) is None:
        settings = [run, *settings]
        run = None
    if run and settings and "=" not in settings[0] and (meant := _knob_meant(run)):
        raise UsageError(f"{run} {settings[0]}: must be key=value.", hint=f"ganstudio runs set {meant}={settings[0]}")
    if not settings:
        beside = f"{quoted(run)} " if run else ""
        raise UsageError("KEY=VALUE is missing.", hint=f"ganstudio runs set {beside}generator_optimizer.lr=1e-4")
    return run, settings


def _knob_meant(word: str) -> str | None:
    """The live knob whose key, or the end of it, is `word`."""
    from ganstudio.recipe.live import LIVE

    return next((key for key in LIVE if key == word or key.endswith(f".{word}")), None)


def said(change: dict[str, Any]) -> str:
    """`generator_optimizer.lr 0.0002 -> 0.0001 at 12.3 kimg`"""
    old, new = (format_knob(change[side]) for side in ("from", "to"))
    return f"{change['key']} {old} -> {new} at {format_kimg(change['nimg'])} kimg"


def _must_live(run: RunView, word: str, instead: str | None = None) -> None:
    """Raises UsageError, with what can be done instead, where no process works on the run."""
    if run.status == "queued" and run.state.ahead:
        raise UsageError(f"{run.id} waits for its turn: there is nothing to {word} yet.", hint="ganstudio runs list")
    if run.live and run.status not in ("stopping", "prepared"):
        return
    hints = {
        "stopping": f"{resuming(run)}   # once it has stopped",
        "finished": forking(run),
    }
    raise UsageError(
        f"{run.id} is {run.status}: there is nothing to {word}.",
        hint=instead or hints.get(run.status, resuming(run)),
    )


def _ask(run: RunView, kind: Kind, event: str, no_wait: bool, **fields: Any) -> tuple[RunView, list[events.Event]]:
    """The run once its worker has done what is asked, and the `event`s that say so; at once with `no_wait`.

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
    found = store.view(run.path)
    news, _ = events.read_events(run.path / events.NAME, offset)
    told = [entry for entry in news if entry["event"] == event]
    if not told and (undone or not found.live):
        raise TrainingError(f"{found.id} {found.status} before it could {kind}.", f"ganstudio runs show {found.id}")
    return found, told


def _print_run(run: RunView, as_json: bool) -> None:
    print_json(run_json(run)) if as_json else print(run.id)
