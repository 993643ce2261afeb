"""The program with a worker that takes no torch, in a process of its own: `python driving.py ARGUMENTS...`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ganstudio import bridge
from ganstudio.cli.app import main
from ganstudio.runs import process

FAKE_WORKER = Path(__file__).parents[1] / "runs" / "fake_worker.py"
CPU = {"name": "cpu", "model": None, "memory_bytes": None, "bf16": False}
ANSWERS: dict[str, dict[str, Any]] = {
    "validate": {"ok": True},
    "doctor": {"torch": "2.13.0", "cuda": None, "threads": 2, "devices": [CPU]},
}
call_worker = bridge.call_worker


def quick_answer(verb: str, *more: str, **given: bool) -> dict[str, Any]:
    """What a worker that finds nothing wrong says, as far as it is known: to ask one takes seconds."""
    return ANSWERS[verb] if verb in ANSWERS else call_worker(verb, *more, **given)


def fake_command(run_dir: Path, processes: int, resume: bool, minutes: float | None) -> list[str]:
    return [sys.executable, str(FAKE_WORKER), str(run_dir), *(["--resume"] if resume else [])]


def crash(*_arguments: object) -> None:
    raise RuntimeError("a test")


if __name__ == "__main__":
    process.worker_command = fake_command
    bridge.call_worker = quick_answer
    if os.environ.get("CRASH_IN_TUI"):
        from ganstudio.tui.runs.page import RunsPage

        RunsPage.watch_snapshot = crash
    main()
