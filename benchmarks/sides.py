"""The two sides of a comparison, each trained in a fresh process: the textbook loop, and the program itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TEXTBOOK = Path(__file__).with_name("textbook.py")


@dataclass(frozen=True)
class Trained:
    """`img_per_s` is the steady median that a side reports, None after too short a time. Start-up is in no figure."""

    nimg: int
    seconds: float
    img_per_s: float | None


def textbook(data: str, resolution: int, seconds: float, seed: int, *options: str) -> Trained:
    """The peer's figures. `options` are more of textbook.py's flags."""
    command = [TEXTBOOK, "--data", data, "--resolution", resolution, "--seconds", seconds, "--seed", seed, *options]
    answer = json.loads(_run([sys.executable, *map(str, command)], os.environ))
    return Trained(answer["nimg"], answer["seconds"], answer["img_per_s"])


def ganstudio(
    workspace: Path, name: str, data: str, resolution: int, seconds: float, seed: int, *options: str
) -> Trained:
    """The program's figures, from a run called `name`. `options` are more of `train`'s flags."""
    sizes = ["--set", f"data.resolution={resolution}"]
    length = ["--minutes", str(seconds / 60), "--seed", str(seed)]
    program(workspace, "train", "dcgan", "--data", data, "--name", name, *sizes, *length, *options)
    run = json.loads(program(workspace, "runs", "show", name, "--json"))
    return Trained(run["nimg"], run["elapsed_s"], run["img_per_s"])


def program(workspace: Path, *arguments: str) -> str:
    """What `ganstudio ARGUMENTS` prints on stdout, run in `workspace`."""
    return _run([sys.executable, "-m", "ganstudio", *arguments], environment(workspace))


def environment(workspace: Path) -> dict[str, str]:
    """This process's environment, with the runs and exports of `workspace` and whatever data is packed already."""
    return {**os.environ, "GANSTUDIO_WORKSPACE": str(workspace)}


def _run(command: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout
