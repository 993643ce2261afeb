"""What a live run does when it is asked: a snapshot, a score, a pause, another value of a knob."""

from __future__ import annotations

import sys
import time
from typing import Any

from ganstudio.engine.endings import Reason
from ganstudio.engine.run_folder.outputs import MARKS, LiveTraining, evaluate, keep, keep_and_show, show
from ganstudio.errors import StudioError
from ganstudio.runs.requests import Request

PAUSE_POLL_S = 0.25


def obey(training: LiveTraining, marks: frozenset[str], asked: list[Request]) -> Reason | None:
    """Does what is asked, oldest first, alike in all processes; while the run is paused, waits here for more."""
    if not asked:
        return None
    journal, world = training.journal, training.session.world
    stop, paused = False, False
    while True:
        for request in asked:
            paused = act(training, request, paused)
            if journal:
                journal.done(request)
        if stop or not paused:
            break
        time.sleep(PAUSE_POLL_S)
        stop, asked = world.agree(journal.asked() if journal else None)
    if stop:
        _go_on(training)
        keep_and_show(training, (MARKS - marks) | {"checkpoint"}, ending=True)
    training.restart()
    return "stop" if stop else None


def act(training: LiveTraining, request: Request, paused: bool) -> bool:
    """Does one request; whether the run is paused after it. What makes no sense now is passed over."""
    match request["kind"]:
        case "snapshot":
            show(training)
            keep(training)
        case "evaluate":
            if evaluate(training):
                keep(training)
        case "set":
            change(training, request.get("values"))
        case "pause" if not paused:
            keep(training)
            if training.journal:
                training.journal.hold_clock()
            training.tell("paused")
            return True
        case "continue" if paused:
            _go_on(training)
            training.tell("continued")
            return False
    return paused


def _go_on(training: LiveTraining) -> None:
    if journal := training.journal:
        journal.resume_clock(journal.seconds)


def change(training: LiveTraining, values: Any) -> None:
    """Knobs that have other values from now on. The command checked them; a file made by hand may hold anything."""
    try:
        changes = training.session.change(dict(values))
    except (ValueError, TypeError, StudioError) as error:
        print(f"requests: a change was passed over: {error}", file=sys.stderr)
        return
    for entry in changes:
        training.tell("changed", **{name: entry[name] for name in ("key", "from", "to")})
