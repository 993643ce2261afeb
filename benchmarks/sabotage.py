"""Healthy and sabotaged trainings, read blind by `ganstudio diagnose`. Prints which findings each run got.

    python benchmarks/sabotage.py                       # 9 healthy and 10 sabotaged runs: half an hour on two cores
    python benchmarks/sabotage.py --workspace DIR       # keeps the runs there, and trains only those that it lacks

Every run is one of the shipped presets on MNIST, with networks of a quarter of the usual width, spoiled in one way. A
healthy wgan-gp is five times as long, for as many updates of its generator. What is read is `ganstudio diagnose RUN
--json`, which sees the run folder and nothing of this file. A sabotage counts as named where the first or the second
finding is one of those that name it: its rule and, where a side is at fault, the side in what it says to try. A healthy
run must get no finding of severity error. Exit 1 where fewer than nine in ten sabotages are named, or where a healthy
run gets one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sides

HERE = Path(__file__).parent
SMALL = ("--set", "architecture.channels=32", "--set", "training.sample_kimg=12", "--set", "training.checkpoint_kimg=6")
WATCHED = ("--set", "evaluation.every_kimg=6", "--set", "evaluation.n=1000", "--set", "evaluation.probe_kimg=1.5")
HEALTHY = {"dcgan": 1, "cgan": 1, "wgan-gp": 5}  # times the length
_D, _G = "discriminator_optimizer.lr", "generator_optimizer.lr"


@dataclass(frozen=True)
class Sabotage:
    """`named_by` are pairs of a rule and a key in what it says to try ("" for any)."""

    name: str
    preset: str
    settings: tuple[str, ...] = ()
    data: str = "mnist"
    named_by: tuple[tuple[str, str], ...] = ()
    spoiled: bool = False  # a NaN in the data


SABOTAGES = (
    Sabotage("critic-lr-50", "dcgan", (f"{_D}=0.025",), named_by=(("learning_rate_too_high", _D),)),
    Sabotage("generator-lr-50", "dcgan", (f"{_G}=0.025",), named_by=(("learning_rate_too_high", _G),)),
    Sabotage("no-critic-updates", "dcgan", (f"{_D}=0",), named_by=(("learning_rate_too_low", _D),)),
    Sabotage(
        "no-batch-norm",
        str(HERE / "plain_dcgan.py"),
        (f"{_D}=5e-3", f"{_G}=5e-3"),
        named_by=(("learning_rate_too_high", ""), ("divergence", "")),
    ),
    Sabotage("64-images", "dcgan", data="few", named_by=(("data_trouble", ""), ("discriminator_overfitting", ""))),
    Sabotage("one-class-repeated", "dcgan", data="repeated", named_by=(("data_trouble", ""),)),
    Sabotage("generator-frozen", "dcgan", (f"{_G}=0",), named_by=(("learning_rate_too_low", _G),)),
    Sabotage(
        "weight-clip-1e-5", "wgan", ("regularizers.weight_clip.limit=1e-5",), named_by=(("vanishing_gradients", ""),)
    ),
    Sabotage(
        "penalty-1000",
        "wgan-gp",
        ("regularizers.gradient_penalty.weight=10000",),
        named_by=(("penalty_blow_up", "regularizers.gradient_penalty.weight"),),
    ),
    Sabotage("nan-in-data", "dcgan", named_by=(("not_finite", ""),), spoiled=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, help="keep the runs here and use those that are here")
    parser.add_argument("--kimg", type=float, default=24)
    parser.add_argument("--seeds", type=int, default=3, help="of the healthy runs; sabotages have the first")
    parser.add_argument("--first", type=int, default=0, help="seed; the rules' thresholds were set on runs of 0 to 2")
    if sys.argv[1:2] == ["--worker"]:
        sys.exit(spoiled_worker(sys.argv[2:]))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganstudio-sabotage-") as folder:
        workspace = (given.workspace or Path(folder)).absolute()
        for name in ("data", "state"):
            (workspace / name).mkdir(parents=True, exist_ok=True)
        os.environ |= {"GANSTUDIO_DATA": str(workspace / "data"), "GANSTUDIO_STATE": str(workspace / "state")}
        make_data(workspace)
        seeds = range(given.first, given.first + given.seeds)
        healthy = list(train_healthy(workspace, given.kimg, seeds))
        for sabotage in SABOTAGES:
            train(workspace, sabotage, sabotage.name, given.first, given.kimg)
        sys.exit(report(workspace, healthy))


def make_data(workspace: Path) -> None:
    """`few`: 64 digits. `repeated`: 200 of each digit, and each 3 of them twenty times."""
    listed = sides.program(workspace, "data", "list", "--json")
    if "repeated" in listed:
        return
    sides.program(workspace, "data", "add", "mnist")
    from ganstudio.data.obtain import open_set

    digits = open_set("mnist")
    images, labels = np.asarray(digits.images()), np.asarray(digits.labels())
    some = np.concatenate([np.flatnonzero(labels == k)[:200] for k in range(10)])
    again = np.concatenate([some, np.tile(some[labels[some] == 3], 19)])
    for name, rows in (("few", some[::31][:64]), ("repeated", again)):
        np.savez(workspace / f"{name}.npz", images=images[rows], labels=labels[rows])
        sides.program(workspace, "data", "add", str(workspace / f"{name}.npz"), "--name", name)


def train_healthy(workspace: Path, kimg: float, seeds: range) -> Iterator[str]:
    for preset, times in HEALTHY.items():
        for seed in seeds:
            train(workspace, Sabotage("", preset), f"healthy-{preset}-{seed}", seed, kimg * times)
            yield f"healthy-{preset}-{seed}"


def train(workspace: Path, sabotage: Sabotage, name: str, seed: int, kimg: float) -> None:
    """Trains unless the run is there. A training that fails is a result, too."""
    if (workspace / "runs" / name / "summary.json").exists():
        return
    settings = [part for setting in sabotage.settings for part in ("--set", setting)]
    length = ("--kimg", str(kimg), "--seed", str(seed), "--name", name)
    arguments = [sabotage.preset, "--data", sabotage.data, *length, *SMALL, *WATCHED, *settings]
    command = [sys.executable, "-m", "ganstudio", "train", *arguments]
    if sabotage.spoiled:
        command = [sys.executable, str(HERE / "sabotage.py"), "--worker", *arguments]
    print(f"training {name}", file=sys.stderr, flush=True)
    done = subprocess.run(command, env=sides.environment(workspace), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{name} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def spoiled_worker(arguments: list[str]) -> int:
    """A front end whose worker finds a NaN among the real images, some hundred updates on."""
    from ganstudio import bridge
    from ganstudio.cli.app import main as front_end

    bridge.WORKER = "spoiled_worker"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *sys.path])
    sys.argv = ["ganstudio", "train", *arguments]
    return front_end()


def report(workspace: Path, healthy: list[str]) -> int:
    findings = {name: read(workspace, name) for name in [*healthy, *(s.name for s in SABOTAGES)]}
    print(f"{'run':<22} {'named':<6} findings, the first first")
    named = 0
    for sabotage in SABOTAGES:
        found = findings[sabotage.name]
        hit = any(names(sabotage, finding) for finding in found[:2])
        named += hit
        print(f"{sabotage.name:<22} {'yes' if hit else 'NO':<6} {told(found)}")
    wrong = 0
    for name in healthy:
        errors = [finding for finding in findings[name] if finding["severity"] == "error"]
        wrong += bool(errors)
        print(f"{name:<22} {'ERROR' if errors else '':<6} {told(findings[name])}")
    print(f"\n{named} of {len(SABOTAGES)} sabotages named, {wrong} of {len(healthy)} healthy runs with an error")
    return int(named < 0.9 * len(SABOTAGES) or wrong > 0)


def read(workspace: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads(sides.program(workspace, "diagnose", name, "--json"))["findings"])


def names(sabotage: Sabotage, finding: dict[str, Any]) -> bool:
    tried = [setting.partition("=")[0] for setting in finding["try"]]
    return any(finding["rule"] == rule and (not key or key in tried) for rule, key in sabotage.named_by)


def told(findings: list[dict[str, Any]]) -> str:
    return ", ".join(f"{finding['rule']} ({finding['severity']})" for finding in findings) or "-"


if __name__ == "__main__":
    main()
