"""The 64 px DCGAN generator in onnxruntime beside eager torch, and one picture with and without `import torch`.

    python benchmarks/inference.py                # two minutes: one small training, then both sides by turns

Both sides are the same network with the same weights: the run's averaged generator, in fp32, and its exports in fp32
and in int8. Each runs the same latents at batch 64, by turns, so that what else the machine does meets both. Torch runs
in inference mode, in both memory layouts, for channels_last is one line that anybody may write. The picture is drawn by
whole processes: `ganstudio sample --seed 42`, and the shortest program that loads the same weights into that network
with torch and writes the same PNG; it imports nothing of ganstudio. Not measured: a cold disk, a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sides

RUN = "generator"
BATCH = 64

PEER = """
import sys
import numpy as np, torch
from PIL import Image
from torch import nn

widths = [512, 256, 128, 64]
layers = [nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False)]
for wide, narrow in zip(widths, widths[1:]):
    layers += [nn.BatchNorm2d(wide), nn.ReLU(), nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
net = nn.Sequential(*layers, nn.BatchNorm2d(64), nn.ReLU(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh()).eval()
net.load_state_dict(torch.load(sys.argv[1], weights_only=True))
z = torch.from_numpy(np.random.RandomState(42).randn(1, 100, 1, 1).astype("float32"))
with torch.inference_mode():
    image = net(z)[0, 0]
Image.fromarray(((image + 1) * 127.5).round().clip(0, 255).byte().numpy()).save(sys.argv[2])
"""


def prepare(workspace: Path) -> tuple[Path, Path, Path]:
    """The exports of a small run in fp32 and int8, and the weights of the same averaged generator."""
    sizes = ("--set", "data.resolution=64", "--set", "training.batch=16")
    sides.program(workspace, "train", "dcgan", "--data", "mnist", "--kimg", "0.1", "--name", RUN, *sizes)
    export = workspace / f"{RUN}.onnx"
    sides.program(workspace, "export", "onnx", RUN, "--out", str(export))
    small = workspace / f"{RUN}-int8.onnx"
    sides.program(workspace, "export", "onnx", RUN, "--precision", "int8", "--out", str(small))
    import torch

    weights = workspace / "weights.pt"
    torch.save(generator(workspace).net.state_dict(), weights)
    return export, small, weights


def generator(workspace: Path) -> Any:
    """The run's averaged generator, on the CPU in eval mode."""
    from ganstudio.engine.export.onnx import restored
    from ganstudio.engine.run_folder import checkpoint
    from ganstudio.recipe.schema import Recipe
    from ganstudio.runs.record import load_record

    run = workspace / "runs" / RUN
    record = load_record(run / "run.json")
    state = checkpoint.load(checkpoint.choose(run, "best"))
    task, nets, _ = restored(record, Recipe.model_validate(record.recipe), run, state)
    return nets.ema[task.sampler]


def throughput(workspace: Path, export: Path, small: Path, seconds: float) -> dict[str, float]:
    """Images a second of each side at batch 64, the median over turns."""
    import torch

    from ganstudio.inference import OnnxModel
    from ganstudio.inference.latents import latents

    net = generator(workspace).to(memory_format=torch.contiguous_format)
    last = generator(workspace).to(memory_format=torch.channels_last)
    model, eight_bits = (OnnxModel.open(file, provider="cpu") for file in (export, small))
    z = latents(range(BATCH), model.z_dim)
    tensor = torch.from_numpy(z)

    def eager(module: Any) -> None:
        with torch.inference_mode():
            module(tensor, None)

    calls: dict[str, Callable[[], Any]] = {
        "torch": lambda: eager(net),
        "torch, channels_last": lambda: eager(last),
        "onnxruntime": lambda: model.generate(z),
        "onnxruntime, int8": lambda: eight_bits.generate(z),
    }
    with torch.inference_mode():
        furthest = abs(net(tensor, None).numpy() - model.generate(z)).max()
    if furthest > 1e-4:
        sys.exit(f"the two sides are not the same network: {furthest:.1e} apart")
    taken: dict[str, list[float]] = {name: [] for name in calls}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or len(taken["torch"]) < 4:
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - began)
    # the first turn warms up
    return {name: BATCH / statistics.median(times[1:]) for name, times in taken.items()}


def wall(commands: dict[str, list[str]], workspace: Path, times: int) -> dict[str, float]:
    """Seconds of a whole process of each, by turns, the median; the first turn fills the page cache."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, env=sides.environment(workspace), check=True, capture_output=True)
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(each[1:]) for name, each in taken.items()}


def require_same(workspace: Path) -> None:
    """Ends the program where the two sides drew other pictures; a rounding may fall to either side."""
    import numpy as np
    from PIL import Image

    ours, theirs = (np.asarray(Image.open(workspace / f"{name}.png"), int) for name in ("ours", "theirs"))
    if abs(ours - theirs).max() > 1:
        sys.exit("the two programs did not draw the same picture")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of throughput, all sides together")
    parser.add_argument("--times", type=int, default=7, help="whole processes of each side")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        export, small, weights = prepare(workspace)
        load = os.getloadavg()[0]
        rates = throughput(workspace, export, small, arguments.seconds)
        sample = ["-m", "ganstudio", "sample", "--model", str(export), "--seed", "42", "--out", f"{folder}/ours.png"]
        commands = {
            "ganstudio sample --seed 42": [sys.executable, *sample],
            "the same through import torch": [sys.executable, "-c", PEER, str(weights), f"{folder}/theirs.png"],
        }
        seconds = wall(commands, workspace, arguments.times)
        require_same(workspace)
    faster = rates["onnxruntime"] / max(rates["torch"], rates["torch, channels_last"])
    ours, theirs = seconds.values()
    if arguments.json:
        print(json.dumps({"img_per_s": rates, "ratio": faster, "seconds": seconds, "load": load}, indent=2))
        return
    print(f"{os.cpu_count()} cores, load {load:.1f} when it began; the 64 px DCGAN generator, batch {BATCH}, fp32\n")
    for name, rate in rates.items():
        print(f"{name:<32} {rate:>8.1f} img/s")
    for name in ("onnxruntime", "onnxruntime, int8"):
        print(f"{name + ', times torch':<32} {rates[name] / rates['torch']:>8.2f}   aim 4")
    print(f"{'onnxruntime, times the faster':<32} {faster:>8.2f}\n")
    for name, taken in seconds.items():
        print(f"{name:<32} {taken:>8.3f} s")
    print(f"{'times as fast':<32} {theirs / ours:>8.2f}   aim 5")


if __name__ == "__main__":
    main()
