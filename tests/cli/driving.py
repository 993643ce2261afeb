"""The program with a worker that trains nothing, in a process of its own: `python driving.py ARGUMENTS...`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ganstudio.cli.app import main
from ganstudio.runs import process

FAKE_WORKER = Path(__file__).parents[1] / "runs" / "fake_worker.py"


def fake_command(run_dir: Path, processes: int, resume: bool, minutes: float | None) -> list[str]:
    return [sys.executable, str(FAKE_WORKER), str(run_dir), *(["--resume"] if resume else [])]


def crash(*_arguments: object) -> None:
    raise RuntimeError("a test")


if __name__ == "__main__":
    process.worker_command = fake_command
    if os.environ.get("CRASH_IN_TUI"):
        from ganstudio.tui.runs.page import RunsPage

        RunsPage.watch_snapshot = crash
    main()
