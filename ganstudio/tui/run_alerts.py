"""What an open dashboard says of a run that ends: a toast, the terminal's bell, a notification of the desktop."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ganstudio.runs.store import RunView
from ganstudio.terminal import BELL, desktop_notification
from ganstudio.tui.settings import Alert
from ganstudio.tui.snapshots import RunsSnapshot
from ganstudio.units import format_kimg


class RunEnded(NamedTuple):
    """The words on a run that has ended."""

    title: str
    text: str
    severity: Literal["information", "error"]


def ended_runs(before: RunsSnapshot, now: RunsSnapshot) -> list[RunEnded]:
    """Those that were live in the snapshot `before`, and are not any more."""
    live = {row.id for row in before.rows if row.view.live}
    return [_words(row.view) for row in now.rows if row.id in live and not row.view.live]


def _words(run: RunView) -> RunEnded:
    title = f"{run.id} {run.status}"
    at = f"at {format_kimg(run.state.nimg)} kimg"
    match run.status:
        case "failed":
            error = run.state.error or {}
            return RunEnded(title, str(error.get("message") or at), "error")
        case "crashed":
            return RunEnded(title, f"its process is gone without a word, {at}", "error")
        case _:
            return RunEnded(title, f"{at}{f': {run.ended}' if run.ended else ''}", "information")


def terminal_call(ended: RunEnded, alert: Alert) -> str:
    """What is written to the terminal itself; '' where the user wants nothing of it."""
    bell = BELL if alert in ("all", "bell") else ""
    return bell + (desktop_notification(ended.title, ended.text) if alert in ("all", "notification") else "")
