"""Trains every witness in one of two processes: `python -m tests.engine.two_processes FOLDER`, as torchrun would."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from ganstudio.engine.conformance import CPU, advance
from ganstudio.engine.distributed import World
from tests.engine.toys import WITNESS, session

ITERATIONS = 4
# Means of features over a part of a batch are not the batch's: the dry run says so, here they are left out.
SETTINGS = {"class_head": ("regularizers=[]",)}
STATES = "states.pt"


def trained(name: str, folder: Path, world: World) -> dict[str, Any]:
    """A witness's state after a few iterations."""
    toy = session(folder, WITNESS[name], "training.kimg=0.032", *SETTINGS.get(name, ()), world=world)
    return advance(toy, ITERATIONS).state_dict()


def by_two(folder: Path) -> dict[str, dict[str, Any]]:
    """The states of all witnesses that two processes train together, on the data sets that are in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    started = []
    for rank in range(2):
        log = (folder / f"process-{rank}.txt").open("wb")
        env = {**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        command = [sys.executable, "-m", __name__, str(folder)]
        started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env))
        log.close()
    try:
        codes = [process.wait(timeout=120) for process in started]
    finally:
        for process in started:
            process.kill()
    assert codes == [0, 0], "".join(file.read_text() for file in sorted(folder.glob("process-*.txt")))
    return torch.load(folder / STATES)


def main() -> None:
    folder, world = Path(sys.argv[1]), World.from_environment()
    torch.set_num_threads(1)
    world.join(CPU.device)
    states = {name: trained(name, folder, world) for name in WITNESS}
    if world.leads:
        torch.save(states, folder / STATES)
    world.leave()


if __name__ == "__main__":
    main()
