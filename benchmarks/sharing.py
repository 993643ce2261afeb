"""Two trainings on the same cores at once, beside the same two one after the other.

    python benchmarks/sharing.py                  # about ten minutes on two cores; --kimg and --rounds make it less

Each training is `ganstudio train dcgan` of a fixed length at 64 px with `channels = 32`. Three ways are gone by turns:
the two in turn, the two at once, and the two at once as their threads would wait for each other without our settings
(OMP_WAIT_POLICY=ACTIVE and a thread a core for each). What is compared is whole time, from the first start to the last
end. One alone is trained besides, as it is and with threads that spin.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import sides

SPINNING = {"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0)))}
SIZES = ("--set", "data.resolution=64", "--set", "architecture.channels=32", "--set", "evaluation.features=none")


def train(workspace: Path, data: str, kimg: float, name: str, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A training under way."""
    command = ["train", "dcgan", "--data", data, "--kimg", str(kimg), "--name", name, "--share", *SIZES]
    env = {**sides.environment(workspace), **more}
    return subprocess.Popen(
        [sys.executable, "-m", "ganstudio", *command], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def seconds(data: str, kimg: float, trainings: int, at_once: bool, more: Mapping[str, str]) -> float:
    """From the first start to the last end."""
    with tempfile.TemporaryDirectory() as folder:
        began, live = time.perf_counter(), []
        for number in range(trainings):
            live.append(train(Path(folder), data, kimg, f"run-{number}", more))
            if not at_once:
                finish(live)
        finish(live)
        return time.perf_counter() - began


def finish(live: Sequence[subprocess.Popen[bytes]]) -> None:
    if any(process.wait() for process in live):
        sys.exit("a training failed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--kimg", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ways: dict[str, tuple[int, bool, Mapping[str, str]]] = {
        "one alone": (1, False, {}),
        "one alone, threads spin": (1, False, SPINNING),
        "two in turn": (2, False, {}),
        "two at once": (2, True, {}),
        "two at once, threads spin": (2, True, SPINNING),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            taken[name].append(seconds(given.data, given.kimg, *way))
    print(f"{given.kimg:g} kimg at 64 px each, median of {given.rounds}, whole seconds from first start to last end")
    for name, all_of_them in taken.items():
        each = " ".join(f"{value:.1f}" for value in all_of_them)
        print(f"  {name:<28}{statistics.median(all_of_them):>8.1f}   {each}")
    ratio = statistics.median(taken["two at once"]) / statistics.median(taken["two in turn"])
    print(f"two at once take {ratio:.2f} of the time that both take in turn")


if __name__ == "__main__":
    main()
