"""The watcher's process: `python -m ganstudio.watcher.process RUN...`, with its orders as JSON on stdin.

It has a thread a run, and ends with the last of them. It changes nothing of a run but its logs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from threading import Thread

from ganstudio.diagnosis import diagnose
from ganstudio.diagnosis.finding import SEVERITIES
from ganstudio.errors import StudioError
from ganstudio.runs import process
from ganstudio.runs.record import NAME, load_record
from ganstudio.watcher.attempt import Attempt
from ganstudio.watcher.end import End
from ganstudio.watcher.messages import end_message, finding_message
from ganstudio.watcher.on_finish import run_command
from ganstudio.watcher.start import Wishes
from ganstudio.watcher.webhook import Webhook

POLL_S = 1.0
DIAGNOSE_S = 30.0  # between two looks at what is wrong with a run
LEAVE_S = 10.0  # a worker that has written its last event is given this long to leave the GPU
REFUSED_S = 5.0  # who started a run that its worker refused removes it, and tells the person

_RANKS: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def watch(run: Path, offset: int, wishes: Wishes, folder: str | None) -> None:
    """Waits for the end of a run, tells of findings on the way, and does what is wished at the end."""
    record = load_record(run / NAME)
    attempt = Attempt(run, offset)
    webhook = Webhook(wishes.url, run) if wishes.url else None
    told: dict[str, int] = {}  # rule -> the rank of the severity that was told
    looked_at = time.monotonic()
    while (end := attempt.look()) is None:
        if webhook and attempt.changed and time.monotonic() - looked_at >= DIAGNOSE_S:
            looked_at = time.monotonic()
            _tell_findings(webhook, run, attempt, wishes.severity, told)
        time.sleep(POLL_S)
    if not _is_there(run, end):
        return
    until = time.monotonic() + LEAVE_S
    while process.alive(run) and time.monotonic() < until:
        time.sleep(0.1)
    if wishes.command is not None:
        # beside the messages: a webhook may take its time to answer, and a command to end
        Thread(target=run_command, args=(wishes.command, run, record, end, folder)).start()
    if webhook:
        _tell_findings(webhook, run, attempt, wishes.severity, told)
        webhook.send(end_message(record, end))


def _is_there(run: Path, end: End) -> bool:
    """Whether the run is still there. One that its worker refused before it began is removed by who started it."""
    until = time.monotonic() + REFUSED_S
    while end.refused and (run / NAME).exists() and time.monotonic() < until:
        time.sleep(0.1)
    return (run / NAME).exists()


def _tell_findings(webhook: Webhook, run: Path, attempt: Attempt, least: str, told: dict[str, int]) -> None:
    """Sends the findings that are new, or worse than when they were told, from the severity `least` on."""
    attempt.changed = False
    record = load_record(run / NAME)
    for finding in diagnose(run, record, attempt.state):
        rank = _RANKS[finding.severity]
        if rank <= _RANKS[least] and rank < told.get(finding.rule, len(_RANKS)):
            told[finding.rule] = rank
            webhook.send(finding_message(record, attempt.state, finding))


def _watch_safely(run: Path, offset: int, wishes: Wishes, folder: str | None) -> None:
    try:
        watch(run, offset, wishes, folder)
    except (StudioError, OSError) as error:
        if run.exists():  # a run that was removed needs no watcher
            print(f"ganstudio: {run.name} is watched no longer: {error}", file=sys.stderr)


def main(runs: list[Path]) -> None:
    orders = json.load(sys.stdin)
    wishes, folder = Wishes(**orders["wishes"]), orders["folder"]
    threads = [
        Thread(target=_watch_safely, args=(run, offset, wishes, folder))
        for run, offset in zip(runs, orders["offsets"], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
