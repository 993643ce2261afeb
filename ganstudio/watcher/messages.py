"""The messages that a webhook gets: a sentence that chat services show, and the facts beside it."""

from __future__ import annotations

import socket
from typing import Any

from ganstudio.diagnosis.finding import Finding
from ganstudio.runs import events
from ganstudio.runs.ending_words import ending_words
from ganstudio.runs.record import RunRecord
from ganstudio.runs.state import RunState
from ganstudio.units import format_kimg, format_number, format_seconds
from ganstudio.watcher.end import End

_SEVERITY_OF = {"finished": "info", "stopped": "info", "failed": "error", "crashed": "error"}


def end_message(record: RunRecord, end: End) -> dict[str, Any]:
    """The message on the end of a run."""
    state = end.state
    parts = [f"{format_kimg(state.nimg)} kimg in {format_seconds(state.elapsed_s)}", end.error or _why(record, end)]
    parts += [f"{name} {format_number(score.value)}" for name, score in list(state.scores.items())[:1]]
    text = f"{record.id} {end.status}: {' · '.join(filter(None, parts))}"
    facts = {"severity": _SEVERITY_OF[end.status], "state": end.status, "reason": end.reason, "error": end.error}
    return _message("ended", text, record, state, facts)


def _why(record: RunRecord, end: End) -> str | None:
    """Why it ended, in words."""
    state = end.state
    if end.status == "crashed":
        return "its process is gone without a word"
    if state.reason is None:
        return None
    minutes = record.minutes if state.minutes is None else state.minutes
    length = float(state.kimg_total or record.kimg_total)
    return ending_words(state.reason, state.nimg, state.elapsed_s, length, minutes, record.stop_when, record.patience)


def finding_message(record: RunRecord, state: RunState, finding: Finding) -> dict[str, Any]:
    """The message on what goes wrong in a run."""
    text = f"{record.id} at {format_kimg(state.nimg)} kimg: {finding.severity}: {finding.symptom}"
    return _message("finding", text, record, state, finding.as_json())


def _message(kind: str, text: str, record: RunRecord, state: RunState, facts: dict[str, Any]) -> dict[str, Any]:
    about = {
        "event": kind,
        "text": text,
        "content": text,
        "run": record.id,
        "host": socket.gethostname(),
        "nimg": state.nimg,
        "kimg_total": float(state.kimg_total or record.kimg_total),
        "elapsed_s": state.elapsed_s,
        "scores": {name: score.value for name, score in state.scores.items()},
    }
    plain: dict[str, Any] = events.to_json_value({**about, **facts})
    return plain
