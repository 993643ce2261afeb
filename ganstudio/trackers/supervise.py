"""Trackers of a run as processes of their own, that end with it and are started again when it is resumed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from ganstudio import bridge
from ganstudio.trackers.sink import KINDS
from ganstudio.workspace import write_json

NAME = "trackers.json"
_NICENESS = 10  # a tracker waits for the training, never the other way round

# Kept so that Popen does not complain of being forgotten.
_children: list[subprocess.Popen[bytes]] = []


def log_name(kind: str) -> str:
    return f"tracker-{kind}.log"


def keep_kinds(run_dir: Path, kinds: Iterable[str]) -> None:
    """Writes down which trackers follow a run, for `start` and for each resume."""
    write_json(run_dir / NAME, list(dict.fromkeys(kinds)))


def kept_kinds(run_dir: Path) -> list[str]:
    try:
        kinds = json.loads((run_dir / NAME).read_bytes())
    except (OSError, ValueError):
        return []
    return [kind for kind in kinds if kind in KINDS] if isinstance(kinds, list) else []


def start(run_dir: Path) -> None:
    """Starts the trackers of a run that was just started. What goes wrong in one is told in its own log alone."""
    for kind in kept_kinds(run_dir):
        workspace = ["--workspace", str(run_dir.parent.parent)]
        export = ["runs", "export", run_dir.name, "--to", kind, "--follow"]
        with contextlib.suppress(OSError), (run_dir / log_name(kind)).open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "ganstudio", *workspace, *export],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=bridge.environment(1),
            )
            _children.append(child)
            os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
