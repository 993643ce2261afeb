"""Wall time and peak memory of the commands whose start-up is a feature, beside a bare `python -c pass`.

    python benchmarks/startup.py                  # three minutes: one small training, then 10 fresh processes each

A workspace is made with one run of 1 kimg, its export, and `--runs` copies of that run under names of their own; then
each command runs in a fresh process, by turns, and the medians are compared with their limits. Files are in the page
cache after the first turn, which is not counted. The copied runs are short ones: a list reads summary.json and what
metrics.jsonl holds beyond it, so a longer run costs the same. Not measured: a cold disk, and `sample` on a GPU.

Only the standard library is imported here: a child's peak memory counts what its parent held at the fork.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import sides

SEED_RUN = "first"
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Command:
    """What is run, and the limits it is held to; None where there is none."""

    label: str
    arguments: tuple[str, ...]
    limit_s: float | None = None
    limit_mb: float | None = None


def prepare(workspace: Path, runs: int) -> Path:
    """Fills a workspace with `runs` runs. The path of an exported generator."""
    sides.program(workspace, "train", "dcgan", "--data", "mnist", "--kimg", "1", "--name", SEED_RUN)
    export = workspace / "first.onnx"
    sides.program(workspace, "export", "onnx", SEED_RUN, "--out", str(export))
    original = workspace / "runs" / SEED_RUN
    for number in range(1, runs):
        name = f"copy-{number:03}"
        copy = workspace / "runs" / name
        copy.mkdir()
        for file in original.iterdir():
            if file.is_file():
                shutil.copy2(file, copy)
        record = json.loads((copy / "run.json").read_text())
        (copy / "run.json").write_text(json.dumps({**record, "id": name, "name": name}))
    return export


def measure(command: Command, workspace: Path) -> tuple[float, float]:
    """Seconds and peak MB of one fresh process."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command.arguments,
        cwd=workspace,
        env=sides.environment(workspace),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    elapsed_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command.arguments)} ended with {process.returncode}")
    return elapsed_s, usage.ru_maxrss * MAXRSS_UNIT / 1e6


def commands(export: Path, runs: int) -> list[Command]:
    program = str(Path(sys.executable).with_name("ganstudio"))
    sample = (program, "sample", "--model", str(export), "--seed", "42", "--out", str(export.with_suffix(".png")))
    return [
        Command("python -c pass", (sys.executable, "-c", "pass")),
        Command("ganstudio --help", (program, "--help"), limit_s=0.30),
        Command(f"ganstudio runs list ({runs} runs)", (program, "runs", "list"), limit_s=0.30),
        Command("ganstudio sample --seed 42", sample, limit_s=0.80, limit_mb=200),
    ]


def verdict(command: Command, seconds: float, megabytes: float) -> str:
    if command.limit_s is None:
        return ""
    over = seconds > command.limit_s or (command.limit_mb is not None and megabytes > command.limit_mb)
    memory = "" if command.limit_mb is None else f", {command.limit_mb:.0f} MB"
    return f"{'OVER' if over else 'within'} {command.limit_s:.2f} s{memory}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="fresh processes of each command")
    parser.add_argument("--runs", type=int, default=200, help="runs in the workspace that is listed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "runs").mkdir()
        (workspace / "exports").mkdir()
        listed = commands(prepare(workspace, arguments.runs), arguments.runs)
        # the first turn fills the page cache and is dropped
        turns = [[measure(command, workspace) for command in listed] for _ in range(arguments.times + 1)][1:]
    print(f"medians of {arguments.times} fresh processes, Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    print(f"{'command':<34} {'seconds':>8} {'slowest':>8} {'peak MB':>8}   limit")
    for command, results in zip(listed, zip(*turns, strict=True), strict=True):
        times, sizes = zip(*results, strict=True)
        seconds, megabytes = statistics.median(times), statistics.median(sizes)
        figures = f"{command.label:<34} {seconds:>8.3f} {max(times):>8.3f} {megabytes:>8.1f}"
        print(f"{figures}   {verdict(command, seconds, megabytes)}")


if __name__ == "__main__":
    main()
