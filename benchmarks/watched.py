"""Runs that nobody trains, a process that writes to them, and the dashboard on a terminal of its own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import psutil

ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-Z\\^_=>])")


SIZE = (40, 120)


PATIENCE_S = 60.0


SCORE = "FD[lenet]-5k"


class Terminal:
    """`ganstudio tui` on a terminal of its own."""

    def __init__(self, workspace: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        command = [sys.executable, "-m", "ganstudio", "--workspace", str(workspace), "tui", *arguments]
        colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, **colours},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.seen = psutil.Process(self.process.pid)

    def key(self, keys: str) -> float:
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def drain(self, seconds: float) -> None:
        """Reads what comes for so long, so that the program is never held up."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                try:
                    os.read(self._master, 1 << 16)
                except OSError:  # the program has ended
                    return

    def wait(self, words: str, since: float) -> float:
        """Seconds from `since` until `words` were written after this call."""
        raw, wanted = b"", words.encode()
        while time.perf_counter() - since < PATIENCE_S:
            if not select.select([self._master], [], [], 0.5)[0]:
                continue
            raw += os.read(self._master, 1 << 16)
            if wanted in ESCAPE.sub(b"", raw):
                return time.perf_counter() - since
        sys.exit(f"{words!r} did not appear; the terminal has {ESCAPE.sub(b'', raw)[-2000:].decode(errors='replace')}")

    def close(self) -> None:
        os.write(self._master, b"q")
        self.drain(0.5)
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def record(workspace: Path, name: str, number: int) -> Path:
    """A run's folder without events."""
    from ganstudio.recipe.load import dump, read_preset, resolve
    from ganstudio.workspace import Workspace

    run = workspace / "runs" / name
    for folder in ("samples", "checkpoints", "requests"):
        (run / folder).mkdir(parents=True)
    table = read_preset("dcgan", Workspace.locate(workspace))
    told: dict[str, Any] = {
        **{"id": name, "name": name, "preset": "dcgan", "recipe": dump(resolve(table, [], "dcgan")), "seed": number},
        **{"device": "cpu", "processes": 1, "minutes": None, "parent": None, "architecture_sha256": None},
        "data": {
            **{"name": "mnist", "path": "/data/mnist", "fingerprint": "f", "count": 60000, "resolution": 32},
            **{"channels": 1, "axes": "HWC", "depth": None, "classes": []},
        },
        "created": f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000+00:00",
        "versions": {"ganstudio": "0", "python": "3.11"},
    }
    (run / "run.json").write_text(json.dumps(told))
    return run


def tick(number: int) -> dict[str, Any]:
    """One event with everything that a real tick of a DCGAN holds."""
    wave = (number % 97) / 97
    return {
        **{"event": "tick", "nimg": 640 * number, "time_s": float(number)},
        **{"losses": {"d": 1 + wave, "g": 2 - wave}, "penalties": {}, "d_real": 1 + wave, "d_fake": -wave},
        **{
            "p_real": 0.7,
            "p_fake": 0.3,
            "d_auc": 0.8,
            "d_accuracy": 0.75,
            "grad_norms": {"d": 5 + wave, "g": 3 - wave},
        },
        **{
            "update_ratios": {"d": 1e-3, "g": 1e-3},
            "lr": {"d": 5e-4, "g": 5e-4},
            "augment_p": None,
            "data_share": 0.005,
        },
        **{"img_per_s": 640 + wave, "memory_bytes": 700_000_000, "swapped_bytes": 0},
    }


def started() -> dict[str, Any]:
    begun = {"device": "cpu", "precision": "bf16", "processes": 1, "kimg_total": 1e6, "batch": 64}
    return {"event": "started", "nimg": 0, "time_s": 0.0, **begun, "parameters": {"generator": 10}, "notes": []}


def fill(run: Path, ticks: int, every_score: int = 50) -> None:
    """The events of a finished run and their fold."""
    from ganstudio.runs import state

    with (run / "metrics.jsonl").open("w") as file:
        file.write(json.dumps(started()) + "\n")
        for number in range(1, ticks + 1):
            file.write(json.dumps(tick(number), separators=(",", ":")) + "\n")
            if number % every_score == 0:
                score = {"event": "evaluated", "nimg": 640 * number, "time_s": float(number), "score": SCORE}
                file.write(json.dumps({**score, "value": 100 / number, "n": 5000, "seconds": 1.0}) + "\n")
        file.write(
            json.dumps({"event": "finished", "nimg": 640 * ticks, "time_s": float(ticks), "reason": "budget"}) + "\n"
        )
    if ticks < 100_000:
        folded, offset = state.advance(run, state.RunState(), 0)
    else:  # folding a million takes a minute here, which is not what is measured: the worker did it as it went
        path = run / "metrics.jsonl"
        with path.open("rb") as file:
            file.seek(-200_000, os.SEEK_END)
            file.readline()
            folded, offset = state.advance(run, state.RunState(phase="running", started=True), file.tell())
    state.write_summary(run, folded, offset)


def write_ticks(runs: list[Path], over: Any) -> None:
    """A worker's part of several runs: it lives, and tells a tick a second of each."""
    from ganstudio.runs import events, process

    writers = []
    for run in runs:
        process.write_process(run)
        writers.append(events.EventWriter(run / events.NAME))
    for writer in writers:
        begun = started()
        kind, nimg, time_s = (begun.pop(key) for key in ("event", "nimg", "time_s"))
        writer.write(kind, nimg, time_s, **begun)
    number = 0
    while not over.wait(1.0 / len(runs)):
        number += 1
        told = tick(number // len(runs) + 1)
        kind, nimg, time_s = (told.pop(key) for key in ("event", "nimg", "time_s"))
        writers[number % len(runs)].write(kind, nimg, time_s, **told)
