"""Following a run: `train` and `runs resume` show it until the worker ends or the person detaches.

The training needs the cores: a look is one `stat` unless there is news, and live_panel.py draws only what changed.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from ganstudio.cli.follow.display import Display, LineDisplay
from ganstudio.cli.follow.live_panel import PanelDisplay
from ganstudio.cli.output import note, paint, print_json
from ganstudio.cli.runs.run_json import run_json
from ganstudio.errors import Interrupted, StudioError, TrainingError, from_json
from ganstudio.runs import events, log, process, requests, store
from ganstudio.runs.store import RunView
from ganstudio.streams import raw_stream
from ganstudio.terminal import moves_cursor
from ganstudio.units import format_kimg, format_number, format_seconds

LOOK_S = 0.5
ALIVE_S = 2.0  # between two looks at the process table
GRACE_S = 10.0  # a worker that has written its last event is given this long to leave the GPU


def follow_and_report(path: Path, minutes: float | None, detach: bool, as_json: bool, new: bool) -> None:
    """Follows the worker of `path` unless detached, prints the run on stdout, and notes how it ended.

    A `new` run whose worker refused it before it started (bad options of an architecture) is removed again.

    Raises:
        StudioError: what the run ended with.
        Interrupted: the person detached.
    """
    run = store.view(path)
    try:
        if not detach:
            run = follow(run, minutes)
    except Interrupted:
        _print_run(store.view(path), as_json)
        raise
    error = run.state.error
    if new and error and not run.state.started and error["exit_code"] == 2:
        store.remove(path)
        raise reported_error(run)
    _print_run(run, as_json)
    if not detach:
        report_end(run)


def _print_run(run: RunView, as_json: bool) -> None:
    if as_json:
        print_json(run_json(run))
    else:
        print(run.id)


def follow(run: RunView, minutes: float | None = None) -> RunView:
    """Shows a run until its worker has ended, and returns it as it is then; `minutes` is the worker's time limit.

    Ctrl-C asks whether to detach or to stop with a checkpoint.

    Raises:
        Interrupted: the person detached; the run goes on.
    """
    display: Display = PanelDisplay(minutes) if moves_cursor(sys.stderr) else LineDisplay(minutes)
    stopping = False
    while True:
        try:
            with display:
                return _watch(run, display)
        except KeyboardInterrupt:
            run = store.view(run.path)
            if not run.live:
                return run
            if stopping or not _wants_stop():
                raise Interrupted(_detached_message(run)) from None
            requests.post(run.path, "stop")
            stopping = True


def _watch(run: RunView, display: Display) -> RunView:
    """Shows a run on `display` until its worker has ended; returns it as it is then."""
    last_size, looked_at = -1, 0.0
    while True:
        size = _size(run.path / events.NAME)
        if size != last_size or time.monotonic() - looked_at > ALIVE_S:
            last_size, looked_at = size, time.monotonic()
            run = store.view(run.path)
            display.show(run)
        if not run.live:
            break
        time.sleep(LOOK_S)
    until = time.monotonic() + GRACE_S
    while process.alive(run.path) and time.monotonic() < until:
        time.sleep(0.05)
    return run


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _wants_stop() -> bool:
    """Whether the person answers `s`. Enter, Ctrl-C, or nobody there to ask, leaves the run alone."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    clear = "\r\x1b[K" if moves_cursor(sys.stderr) else "\n"
    print(f"{clear}[d]etach (default), [s]top with a checkpoint: ", end="", file=raw_stream(sys.stderr), flush=True)
    try:
        return sys.stdin.readline().strip().lower().startswith("s")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return False


def _detached_message(run: RunView) -> str:
    """The message for a person who detaches: the run continues, and how to follow or stop it."""
    return (
        f"{run.id} goes on.\n"
        f"  ganstudio runs logs -f {run.id}   follows it\n"
        f"  ganstudio runs stop {run.id}      stops it with a checkpoint"
    )


def report_end(run: RunView) -> None:
    """Notes on stderr how a run ended and which command comes next.

    Raises:
        StudioError: it failed (of the kind that its worker reported) or its worker is gone without a word.
    """
    match run.status:
        case "failed":
            raise reported_error(run)
        case "crashed":
            last = [f"  {line}" for line in log.tail(run.path / log.NAME, 12)]
            log_text = "\n".join(["Its log ends:", *last]) if last else "Its log is empty."
            raise TrainingError(
                f"{run.id}: the worker is gone without a word, at {format_kimg(run.state.nimg)} kimg. {log_text}",
                hint=f"ganstudio runs resume {run.id}",
            )
        case _:
            note(_end_summary(run))
            # One that was stopped while it waited has nothing to export yet.
            command = "export onnx" if run.state.checkpoint else "runs resume"
            note(f"{paint('next:', 'cyan', sys.stderr)} ganstudio {command} {run.id}")


def reported_error(run: RunView) -> StudioError:
    """The error that a failed run's worker reported; it names loss and step where the worker knew them."""
    state = run.state
    reported = state.error or StudioError("the worker gave no reason.").as_json()
    error = from_json(reported)
    if error.exit_code == 2:
        return error
    facts = [(name, value) for name, value in (("loss", state.loss), ("step", state.step)) if value is not None]
    unnamed_facts = [
        f"{name} {value}" for name, value in facts if not re.search(rf"\b{re.escape(str(value))}\b", error.message)
    ]
    where = f" ({', '.join(unnamed_facts)})" if unnamed_facts else ""
    return TrainingError(f"{run.id}: {error.message}{where}", hint=error.hint or f"ganstudio runs logs {run.id}")


def _end_summary(run: RunView) -> str:
    """One line on a run that has ended: length, time, speed and score."""
    state = run.state
    parts = [f"{format_kimg(state.nimg)} kimg in {format_seconds(state.elapsed_s)}"]
    parts += [run.ended] if run.ended else []
    if state.img_per_s:
        parts.append(f"{state.img_per_s:,.0f} img/s")
    if state.reason == "budget" and state.img_per_s and state.nimg < run.kimg_total * 1000:
        parts.append(f"{run.kimg_total:g} kimg would take {format_seconds(run.kimg_total * 1000 / state.img_per_s)}")
    for name, score in list(state.scores.items())[:1]:
        best = f", best {format_number(state.best.value)} at {format_kimg(state.best.nimg)} kimg" if state.best else ""
        parts.append(f"{name} {format_number(score.value)}{best}")
    return f"{run.id} {run.status}: {' · '.join(parts)}"
