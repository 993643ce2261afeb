"""`ganstudio runs show`: prints all that is known of a run, or a table of a sweep's runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.output import paint, print_json, say
from ganstudio.cli.runs.list import hint_at_resume, print_runs, sweep_text
from ganstudio.cli.runs.live import change_text
from ganstudio.cli.runs.run_json import findings_of, print_members, run_json
from ganstudio.recipe.plain_numbers import schedules
from ganstudio.report.runs import best_score, critic_facts, score_course, scored, skipped_score, speed, waiting
from ganstudio.report.schedules import reach_within
from ganstudio.runs import checkpoints, log, store
from ganstudio.runs.store import LATEST, RunView, group_of
from ganstudio.units import format_kimg, format_knob, format_number, format_seconds, size_text
from ganstudio.workspace import Workspace

_LOG_LINES = 3  # of a run whose process is gone without a word

Fact = tuple[str, str]


def show(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN|SWEEP",
            help="An id, the beginning of one, a name, its folder, or latest; a sweep's for a table.",
        ),
    ] = LATEST,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one run: where it stands, how it differs from its preset, its losses and scores, its files.

    Of a sweep, a table of its runs; with --json one object, with its name as `group` and its `runs`.

    \b
    Examples:
      ganstudio runs show
      ganstudio runs show dcgan-mnist-1 --json
      ganstudio runs show dcgan-mnist-sweep1
    """
    views = store.find_all(Workspace.locate(), run)
    group = group_of(views, run)
    if group and as_json:
        print_members(views, group, as_json)
    elif group:
        print_runs(views)
        hint_at_resume(views, group)
    elif as_json:
        print_json(run_json(views[0]))
    else:
        for key, value in _facts(views[0]):
            say(f"{paint(f'{key:<11}', 'dim', sys.stdout)} {value}")


def _facts(run: RunView) -> list[Fact]:
    """All facts of a run, a (label, value) each; nothing that has not happened."""
    files = [("checkpoint", run.state.checkpoint), ("samples", run.state.sample), ("folder", str(run.path))]
    existing = [(word, path) for word, path in files if path]
    return [*_identity(run), *_progress(run), *_outcome(run), *_ending(run), *_averages(run), *existing]


def _identity(run: RunView) -> list[Fact]:
    """Facts on what the run was asked to be: its recipe, its data, its device."""
    state, record = run.state, run.record
    why = f": {run.ended}" if run.ended else ""
    styles = record.data.get("styles")
    stored = record.data.get("size") or [record.data.get("resolution", record.resolution)] * 2
    scaled = f", stored at {size_text((stored[0], stored[1]))} px" if tuple(stored) != record.size else ""
    return [
        ("run", paint(run.id, "bold", sys.stdout)),
        ("state", f"{run.status}{why}{f', pid {run.pid}' if run.pid else ''}"),
        *([("waits", waiting(run).removeprefix("waits "))] if waiting(run) else []),
        *([("sweep", f"{record.group}: {sweep_text(record.sweep)}")] if record.group else []),
        ("preset", record.preset),
        *(
            ("differs", f"{key} = {format_knob(value)} (preset: {format_knob(preset)})")
            for key, (value, preset) in (run.differs or {}).items()
        ),
        ("data", f"{record.data['name']}, {record.count:,} images"),
        *([("styles", f"{styles['name']}, {styles['count']:,} images")] if styles else []),
        *([("resolution", f"{size_text(record.size)} px{scaled}")] if record.resolution else []),
        *([("parent", record.parent)] if record.parent else []),
        ("device", " ".join(filter(None, (state.device or record.device, state.precision)))),
        *([("threads", f"{state.threads}, for it began beside other runs")] if state.threads else []),
    ]


def _progress(run: RunView) -> list[Fact]:
    """Facts on how far a run is, and what may end it before its length does."""
    state, record = run.state, run.record
    rate = f", {speed(run)} img/s" if state.img_per_s else ""
    done = f"{format_kimg(state.nimg)} of {run.kimg_total:g} kimg in {format_seconds(state.elapsed_s)}{rate}"
    minutes = [f"{run.minutes:g} minutes have passed"] if run.minutes is not None else []
    condition = [record.stop_when] if record.stop_when else []
    patience = [f"no better score for {record.patience:g} kimg"] if record.patience is not None else []
    now = [(key, format_number(value)) for key, value in state.numbers.items()]
    tables = dict(schedules(record.recipe_after(state.changes)))
    return [
        ("progress", done),
        *(("ends when", text) for text in [*minutes, *condition, *patience]),
        *(("number", f"{key} = {value} of {format_knob(tables[key])}") for key, value in now if key in tables),
        *([("schedules", reach)] if (reach := _reach(run)) else []),
    ]


def _reach(run: RunView) -> str | None:
    """How far the minutes of a run that trains take its schedules."""
    state = run.state
    if run.minutes is None or state.final or not state.img_per_s:
        return None
    left = max(run.minutes - state.elapsed_s / 60, 0.0)
    return reach_within(run.record.recipe_after(state.changes), left, state.img_per_s, state.nimg)


def _outcome(run: RunView) -> list[Fact]:
    """Losses, scores, findings, changes and notes."""
    state = run.state
    facts = [(name, format_number(value)) for name, value in critic_facts(run)]
    facts += [
        ("score", f"{scored(run, name)} {score_course(run, name)} at {format_kimg(score.nimg)} kimg")
        for name, score in state.scores.items()
    ]
    facts += [("score", f"none: {state.score_missing}")] if state.score_missing else []
    facts += [("skipped", skipped_score(run))] if state.skipped else []
    if state.best:
        facts.append(("best", f"{best_score(run)} kimg; {state.best_is} is better"))
    facts += [("finding", f"{finding.severity}: {finding.symptom}") for finding in findings_of(run)]
    facts += [("changed", change_text(change)) for change in state.changes]
    return [*facts, *(("note", text) for text in state.notes)]


def _averages(run: RunView) -> list[Fact]:
    """Where averages lie from which one of another length can be put together, once there is a checkpoint."""
    stds = run.record.recipe["training"].get("ema_stds")
    if not stds or not run.state.checkpoint:
        return []
    command = f"ganstudio export onnx {run.id} --ema-std {format_knob(stds[0])}"
    return [("averages", f"of std {format_knob(stds)} in every checkpoint: {command}   # or another std")]


def _ending(run: RunView) -> list[Fact]:
    """The error or the end of the log of a run that failed or crashed, and the command that resumes it."""
    if run.resume_command is None:
        return []
    error = run.state.error
    facts: list[Fact] = []
    if run.status == "crashed":
        facts.append(("ended", "its process is gone without a word: killed, short of memory, or a power cut"))
        facts += [("log", line) for line in log.tail(run.path / log.NAME, _LOG_LINES)]
    elif error:
        facts.append(("error", paint(error["message"], "red", sys.stdout)))
        facts += [("try", error["hint"])] if error.get("hint") else []
    saved = checkpoints.all_checkpoints(run.path)
    where = f"from {format_kimg(checkpoints.nimg_of(saved[-1]))} kimg" if saved else "from the beginning: no checkpoint"
    return [*facts, ("resume", f"{run.resume_command}   # {where}")]
