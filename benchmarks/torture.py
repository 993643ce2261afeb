"""SIGKILL at random moments, damaged input, ten runs at once: what is left, and is it right? Prints a table.

    python benchmarks/torture.py                  # 200 kills, 2000 damaged inputs: about half an hour on two cores
    python benchmarks/torture.py --kills 20 --inputs 200

Kills: trainings, forks, exports and `data add` are started, killed after a random time, and resumed or repeated until
they are through. What came out must equal, bit for bit, what an undisturbed one made, and no file may be left that it
did not make. Damaged input: see fuzzing.py. Together: ten trainings of one seed at once must all end as one alone does.

Everything happens in a temporary folder. Exit 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fuzzing
import numpy as np
import psutil
import torch
from PIL import Image

LENGTH = ("--kimg", "60", "--set", "training.checkpoint_kimg=5", "--set", "training.sample_kimg=10")
SHAPE = ("--set", "data.resolution=16", "--set", "evaluation.every_kimg=20", "--set", "evaluation.n=500")
TRAIN = ("train", "gan", "--data", "mnist-test", "--seed", "3", *LENGTH, *SHAPE)
SHARES = {"training": 0.4, "data add": 0.3, "export": 0.15, "fork": 0.15}
PATIENCE_S = 120.0


@dataclass
class Tally:
    """What became of one kind of victim."""

    kills: int = 0
    through: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Studio:
    """A workspace and data directory of their own, and the program in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("data", "home"):
            (root / name).mkdir()
        self.env = {
            **os.environ,
            "GANSTUDIO_WORKSPACE": str(root),
            "GANSTUDIO_DATA": str(root / "data"),
            "XDG_DATA_HOME": str(root / "home"),
            "OMP_NUM_THREADS": "1",
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ganstudio", *arguments]
        return subprocess.Popen(
            command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, code: int | None = 0) -> str:
        started = self.start(*arguments)
        out, _ = started.communicate(timeout=PATIENCE_S)
        if code is not None and started.returncode != code:
            raise RuntimeError(
                f"ganstudio {' '.join(arguments)} ended with {started.returncode}: {out.decode()[-800:]}"
            )
        return out.decode()

    def worker_of(self, run: str) -> psutil.Process | None:
        try:
            table = json.loads((self.root / "runs" / run / "process.json").read_text())
            return psutil.Process(table["pid"])
        except (OSError, ValueError, psutil.Error):
            return None

    def state_of(self, run: str) -> str:
        try:
            return str(json.loads(self.run("runs", "show", run, "--json"))["state"])
        except RuntimeError:
            return "none"


def kill_after(started: subprocess.Popen[bytes], delay_s: float) -> bool:
    """Whether the command was still there to be killed, its whole session with it, after `delay_s`."""
    try:
        started.wait(timeout=delay_s)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        return True
    finally:
        if started.stdout:
            started.stdout.close()


def trained(run: Path) -> str:
    """A digest of all that the last checkpoint holds but the clock, and of the sample grids."""
    last = json.loads((run / "checkpoints" / "last.json").read_text())["file"]
    state = torch.load(run / "checkpoints" / last, weights_only=True)
    state["progress"].pop("seconds")
    digest = hashlib.sha256()
    _digest(state, digest)
    for grid in sorted((run / "samples").glob("*.png")):
        digest.update(grid.name.encode() + grid.read_bytes())
    return digest.hexdigest()


def _digest(value: Any, digest: Any) -> None:
    match value:
        case dict():
            for key in sorted(value, key=str):
                digest.update(str(key).encode())
                _digest(value[key], digest)
        case list() | tuple():
            for inner in value:
                _digest(inner, digest)
        case torch.Tensor():
            digest.update(value.contiguous().numpy().tobytes())
        case _:
            digest.update(repr(value).encode())


def follow(studio: Studio, run: str, kills: int, again: Callable[[], None], tally: Tally, life_s: float) -> None:
    """Kills the worker of `run` up to `kills` times, each time brought back by `again`, and then lets it end."""
    for _ in range(kills):
        time.sleep(random.uniform(0, life_s))
        worker = studio.worker_of(run)
        if worker is None or studio.state_of(run) == "finished":
            break
        worker.send_signal(signal.SIGKILL)
        psutil.wait_procs([worker], timeout=10)
        tally.kills += 1
        again()
    until = time.monotonic() + PATIENCE_S
    while studio.state_of(run) in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.3)


def resume(studio: Studio, run: str) -> None:
    if studio.state_of(run) not in ("finished", "running", "queued"):
        studio.run("runs", "resume", run, "--detach", code=None)


def reference(studio: Studio) -> float:
    """Makes the run that the others are held against; how long that took, in seconds."""
    began = time.monotonic()
    studio.run(*TRAIN, "--name", "reference")
    return time.monotonic() - began


def trainings(studio: Studio, kills: int, tally: Tally) -> None:
    """Trainings of one seed, each killed up to four times."""
    life_s = reference(studio)
    expected, number = trained(studio.root / "runs" / "reference"), 0
    while tally.kills < kills:
        name, number = f"victim{number}", number + 1
        studio.run(*TRAIN, "--name", name, "--detach")
        follow(studio, name, min(4, kills - tally.kills), lambda name=name: resume(studio, name), tally, life_s)
        judge(studio, tally, name, lambda name=name: trained(studio.root / "runs" / name), expected)


def forks(studio: Studio, kills: int, tally: Tally) -> None:
    """Forks of the reference with another learning rate; front end and worker are both killed."""
    kept = sorted(int(path.stem) for path in (studio.root / "runs" / "reference" / "checkpoints").glob("*.pt"))
    parent = f"reference@{kept[len(kept) // 2] / 1000:g}"
    fork = ("runs", "fork", parent, "--set", "generator_optimizer.lr=1e-4", "--detach")
    began = time.monotonic()
    studio.run(*fork, "--name", "fork")
    life_s = time.monotonic() - began
    follow(studio, "fork", 0, lambda: None, tally, 0)
    expected, number = trained(studio.root / "runs" / "fork"), 0
    while tally.kills < kills:
        name, number = f"fork{number}", number + 1
        while not (studio.root / "runs" / name / "run.json").exists():
            tally.kills += kill_after(studio.start(*fork, "--name", name), random.uniform(0, 1.3 * life_s))
        resume(studio, name)
        follow(studio, name, 1, lambda name=name: resume(studio, name), tally, 4)
        judge(studio, tally, name, lambda name=name: trained(studio.root / "runs" / name), expected)


def judge(studio: Studio, tally: Tally, what: str, found: Callable[[], str], expected: str) -> None:
    """Compares what a victim made in the end, and looks for files that should not be there."""
    try:
        if found() != expected:
            tally.wrong.append(f"{what}: differs")
    except Exception as error:
        tally.wrong.append(f"{what}: {type(error).__name__}: {error}")
    places = (studio.root / "runs", studio.root / "exports", studio.root / "data")
    stray = [str(p) for place in places if place.exists() for p in place.rglob(".*") if p.name != ".gitkeep"]
    if stray:
        tally.wrong.append(f"{what}: left {', '.join(stray[:3])}")
    tally.through += 1


def adds(studio: Studio, kills: int, tally: Tally) -> None:
    """A folder of pictures, packed by several processes."""
    folder = studio.root / "pictures"
    noise = np.random.default_rng(0)
    for n in range(300):
        path = folder / f"class{n % 5}" / f"{n:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (220, 220, 3), np.uint8)).save(path, compress_level=1)
    add = ("data", "add", str(folder), "--size", "64", "--workers", "2")

    def fingerprint(name: str) -> str:
        shown: dict[str, Any] = json.loads(studio.run("data", "show", name, "--json"))
        pixels = hashlib.sha256((studio.root / "data" / name / "images.npy").read_bytes()).hexdigest()
        return f"{shown['fingerprint']} {pixels}"

    began = time.monotonic()
    studio.run(*add, "--name", "reference")
    life_s = time.monotonic() - began
    expected, number = fingerprint("reference"), 0
    while tally.kills < kills:
        name, number = f"victim{number}", number + 1
        for _ in range(3):
            tally.kills += kill_after(studio.start(*add, "--name", name), random.uniform(0, life_s * 1.1))
        # the last kill may have come after the data set was whole; its name is then taken
        studio.run(*add, "--name", name, code=0 if not (studio.root / "data" / name).exists() else 2)
        judge(studio, tally, name, lambda name=name: fingerprint(name), expected)
        studio.run("data", "remove", name)


def exports(studio: Studio, kills: int, tally: Tally) -> None:
    """Exports of the reference run."""

    def content(name: str) -> str:
        shown: dict[str, Any] = json.loads(studio.run("export", "show", name, "--json"))
        return f"{shown['parity']} {shown['inputs']} {shown['outputs']} {shown['bytes'] // 1000}"

    export = ("export", "onnx", "reference")
    began = time.monotonic()
    studio.run(*export, "--out", str(studio.root / "exports" / "reference.onnx"))
    life_s = time.monotonic() - began
    expected, number = content("reference"), 0
    while tally.kills < kills:
        name, number = f"victim{number}", number + 1
        path = studio.root / "exports" / f"{name}.onnx"
        tally.kills += kill_after(studio.start(*export, "--out", str(path)), random.uniform(0, life_s))
        if not path.exists():
            studio.run(*export, "--out", str(path))
        judge(studio, tally, name, lambda name=name: content(name), expected)


def together(studio: Studio, count: int, tally: Tally) -> None:
    """`count` trainings of one seed at once."""
    expected = trained(studio.root / "runs" / "reference")
    names = [f"crowd{n}" for n in range(count)]
    for name in names:
        studio.run(*TRAIN, "--name", name, "--detach")
    for name in names:
        follow(studio, name, 0, lambda: None, tally, 0)
    for name in names:
        judge(studio, tally, name, lambda name=name: trained(studio.root / "runs" / name), expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--together", type=int, default=10, help="trainings at once; 0 leaves them out")
    parser.add_argument("--only", nargs="+", choices=SHARES, default=list(SHARES), help="what is killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and the damage")
    given = parser.parse_args()
    random.seed(given.seed)
    victims = {"training": trainings, "fork": forks, "export": exports, "data add": adds}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ganstudio-torture-") as folder:
        studio = Studio(Path(folder))
        print(f"{'killed':<16} kills  through  wrong  seconds")
        crowd = {f"{given.together} at once": lambda s, _, t: together(s, given.together, t)} if given.together else {}
        if "training" not in given.only:
            reference(studio)
        for name, kill in {**{kind: victims[kind] for kind in victims if kind in given.only}, **crowd}.items():
            tally, began = Tally(), time.monotonic()
            kill(studio, round(given.kills * SHARES.get(name, 0)), tally)
            wrong += tally.wrong
            spent = time.monotonic() - began
            print(f"{name:<16} {tally.kills:>5}  {tally.through:>7}  {len(tally.wrong):>5}  {spent:>7.0f}", flush=True)
        wrong += fuzzing.report(studio.root, studio.env, given.inputs, given.seed)
    for problem in wrong:
        print(f"WRONG {problem}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
