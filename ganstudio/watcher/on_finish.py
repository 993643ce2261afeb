"""Runs the command of `--on-finish`. It is given its values by the environment; nothing is put into its text.

Its output and its exit status go to `on-finish.log` in the run's folder, the command itself does not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ganstudio.runs.record import RunRecord
from ganstudio.units import format_seconds
from ganstudio.watcher.end import End

LOG = "on-finish.log"


def run_command(command: str, run: Path, record: RunRecord, end: End, folder: str | None) -> None:
    """Runs the command in the folder where the person stood, in the run's where that is gone, and waits for it.

    The shell is /bin/sh.
    """
    where = folder if folder and Path(folder).is_dir() else str(run)
    environment = {**os.environ, **variables(run, record, end)}
    _write(run, f"{record.id} {end.status} ({end.reason}); the command of --on-finish begins")
    began = time.monotonic()
    try:
        with (run / LOG).open("ab") as log:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
            code = subprocess.run(command, shell=True, cwd=where, env=environment, check=False, **streams).returncode
    except (OSError, ValueError) as error:
        _write(run, f"it could not be started: {error}")
        return
    _write(run, f"the command ended: {_how(code)}, after {format_seconds(time.monotonic() - began)}")


def _how(code: int) -> str:
    """How a process ended, from its return code: below 0 it is the signal that killed it."""
    if code >= 0:
        return f"exit status {code}"
    return f"killed by {signal.Signals(-code).name if -code in set(signal.Signals) else -code}"


def variables(run: Path, record: RunRecord, end: End) -> dict[str, str]:
    """What the command gets by its environment. GANSTUDIO_WORKSPACE lets `ganstudio` commands find the run."""
    state = end.state
    score = next(iter(state.scores.items()), None)
    values = {
        "GANSTUDIO_WORKSPACE": str(run.parent.parent),
        "GANSTUDIO_RUN": record.id,
        "GANSTUDIO_RUN_PATH": str(run),
        "GANSTUDIO_RUN_STATE": end.status,
        "GANSTUDIO_RUN_REASON": end.reason,
        "GANSTUDIO_RUN_ERROR": end.error or "",
        "GANSTUDIO_RUN_NIMG": str(state.nimg),
        "GANSTUDIO_RUN_SECONDS": f"{state.elapsed_s:.0f}",
        "GANSTUDIO_RUN_SCORE": f"{score[1].value:g}" if score else "",
        "GANSTUDIO_RUN_SCORE_NAME": score[0] if score else "",
        "GANSTUDIO_RUN_CHECKPOINT": str(run / state.checkpoint) if state.checkpoint else "",
    }
    return {name: _encodable(text) for name, text in values.items()}


def _encodable(text: str) -> str:
    """A text without what no variable can hold."""
    text = text.replace("\0", "")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return ascii(text)
    return text


def _write(run: Path, text: str) -> None:
    with (run / LOG).open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"[{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}] {text}\n")
