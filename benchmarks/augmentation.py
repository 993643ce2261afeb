"""What `augment` and `sample --format npz` write in a second, beside what the model alone makes.

    python benchmarks/augmentation.py             # a minute: one small training, then whole commands

The model is a `cgan` of the usual size at 32 px, trained for a moment: what it draws costs the same as a good picture,
but compresses worse. Its own speed is that of bare onnxruntime calls at the batch that `augment` uses, before and after
the commands. A command's rate is that of the synthetic images between two calls of different length, so that neither
start-up nor the real images that are copied count; the time of the longer one, whole, is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sides

REAL = 1000  # digits that are augmented
SHORT = 1000  # synthetic images of the shorter call


def prepare(workspace: Path) -> Path:
    """An export of a conditional generator at 32 px, and `REAL` digits to augment."""
    os.environ["GANSTUDIO_DATA"] = str(workspace / "data")
    sides.program(workspace, "train", "cgan", "--data", "mnist-test", "--kimg", "0.5", "--name", "digits")
    export = workspace / "digits.onnx"
    sides.program(workspace, "export", "onnx", "digits", "--out", str(export))
    import numpy as np

    from ganstudio.data.obtain import open_set

    digits = open_set("mnist-test")
    labels = digits.labels()
    np.savez(workspace / "few.npz", images=digits.images()[:REAL], labels=labels[:REAL] if labels is not None else [])
    sides.program(workspace, "data", "add", str(workspace / "few.npz"), "--name", "few")
    return export


def model_rate(export: Path, seconds: float) -> float:
    """Images a second of bare calls of the model, the median."""
    from ganstudio.inference import OnnxModel
    from ganstudio.inference.latents import latents

    model = OnnxModel.open(export, "cpu")
    z, labels = latents(range(model.batch), model.z_dim), [number % 10 for number in range(model.batch)]
    model.generate(z, labels)
    taken, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        model.generate(z, labels)
        taken.append(time.perf_counter() - began)
    return model.batch / statistics.median(taken)


def timed(workspace: Path, *arguments: str) -> tuple[float, float]:
    """Wall and CPU seconds of one whole command."""
    command = [sys.executable, "-m", "ganstudio", *arguments]
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, env=sides.environment(workspace), capture_output=True, text=True)
    elapsed, after = time.perf_counter() - began, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return elapsed, spent


def augmenting(workspace: Path, export: Path, count: int, kind: str) -> tuple[float, float]:
    """One augmentation of the digits by `count` synthetic ones, into a folder or a packed set."""
    folder = workspace / "out"
    where = ("--out", str(folder)) if kind == "folder" else ("--name", "more")
    arguments = ("--data", "few", "--model", str(export), "--factor", str(1 + count / REAL), *where)
    taken = timed(workspace, "augment", *arguments, "--provider", "cpu")
    if kind == "folder":
        shutil.rmtree(folder)
    else:
        sides.program(workspace, "data", "remove", "more")
    return taken


def sampling(workspace: Path, export: Path, count: int) -> tuple[float, float]:
    out = workspace / "samples.npz"
    arguments = ("--model", str(export), "--seed", "0", "--n", str(count), "--format", "npz", "--out", str(out))
    taken = timed(workspace, "sample", *arguments, "--provider", "cpu")
    out.unlink()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="synthetic images of the longer call")
    parser.add_argument("--times", type=int, default=3, help="of every command, by turns")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        export = prepare(workspace)
        load, rates = os.getloadavg()[0], [model_rate(export, 5)]
        kinds = {
            "augment --out (PNG)": lambda count: augmenting(workspace, export, count, "folder"),
            "augment --name (packed)": lambda count: augmenting(workspace, export, count, "packed"),
            "sample --format npz": lambda count: sampling(workspace, export, count),
        }
        turns = [{name: (call(SHORT), call(given.count)) for name, call in kinds.items()} for _ in range(given.times)]
        rates.append(model_rate(export, 5))
    alone = statistics.mean(rates)
    print(f"{os.cpu_count()} cores, load {load:.1f} when it began; {given.count:,} images of 32 px\n")
    print(f"{'':<26} {'img/s':>8} {'of the model':>13} {'cores busy':>11} {'whole, s':>9}")
    print(f"{'the model alone':<26} {alone:>8.0f}   {rates[0]:.0f} before, {rates[1]:.0f} after")
    for name in kinds:
        pairs = [turn[name] for turn in turns]
        rate = statistics.median((given.count - SHORT) / (long[0] - short[0]) for short, long in pairs)
        busy = statistics.median((long[1] - short[1]) / (long[0] - short[0]) for short, long in pairs)
        whole = statistics.median(long[0] for _, long in pairs)
        print(f"{name:<26} {rate:>8.0f} {rate / alone:>12.0%} {busy:>11.2f} {whole:>9.1f}")


if __name__ == "__main__":
    main()
