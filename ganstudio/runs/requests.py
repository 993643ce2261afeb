"""Requests to a live run: small files in `requests/`, polled by its worker each tick, removed when done."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any, Literal

from ganstudio.workspace import write_json

Kind = Literal["stop", "pause", "continue", "snapshot", "evaluate", "set"]
Request = dict[str, Any]  # kind, its fields, and `file`: the name to be done by

FOLDER = "requests"


def post(run_dir: Path, kind: Kind, **fields: Any) -> Path:
    """The file of a new request."""
    folder = run_dir / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.time_ns():020}-{os.getpid()}-{kind}.json"
    write_json(path, {"kind": kind, **fields})
    return path


def poll(run_dir: Path) -> list[Request]:
    """Every request that waits, oldest first. A file that cannot be read is dropped: it would be met again forever."""
    waiting = []
    for path in _waiting(run_dir):
        try:
            table = json.loads(path.read_bytes())
            waiting.append({**table, "kind": table["kind"], "file": str(path)})
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            _delete(path)
    return waiting


def remove(request: Request) -> None:
    _delete(Path(request["file"]))


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):  # a folder of that name is nobody's request, and stays
        path.unlink()


def pending(run_dir: Path, kind: Kind) -> bool:
    """Whether such a request waits. Looks at names alone."""
    return any(path.name.endswith(f"-{kind}.json") for path in _waiting(run_dir))


def clear(run_dir: Path) -> None:
    """Deletes requests to a process that is gone, so that the next one does not obey them."""
    for path in _waiting(run_dir):
        _delete(path)


def _waiting(run_dir: Path) -> list[Path]:
    # write_json's unfinished files begin with a dot.
    return sorted(path for path in (run_dir / FOLDER).glob("*.json") if not path.name.startswith("."))
