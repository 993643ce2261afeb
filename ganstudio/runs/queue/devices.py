"""The devices that a run will use, found without torch: whoever waits for a GPU must not touch it first.

torch has the last word when the run starts. This is only what runs go by to keep out of each other's way: where the two
differ (a driver that torch cannot use), a run on the CPU holds a GPU's place for nothing. ROCm is not looked for.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import sys
from pathlib import Path


def devices_used(device: str, processes: int = 1) -> tuple[str, ...]:
    """The devices that `--device` and `--gpus` mean, by the names that they have for every process of this machine.

    `cuda:0` is the first GPU of the machine, whatever CUDA_VISIBLE_DEVICES calls it; `cuda:GPU-8f2c...` one that is
    named there by its UUID. A GPU that some processes name by number and others by UUID counts as two.
    """
    if device == "auto":
        device = best_device()
    if device in ("cpu", "mps"):
        return (device,)
    _, _, index = device.partition(":")
    visible = visible_gpus()
    wanted = [int(index)] if index else range(processes)
    return tuple(visible[i] if i < len(visible) else f"cuda:{i}" for i in wanted)


def best_device() -> str:
    """What `--device auto` will be: cuda, mps or cpu."""
    if visible_gpus() and torch_knows_cuda():
        return "cuda"
    return "mps" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"


def visible_gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that CUDA will show a process with our environment, in its order."""
    all_gpus = tuple(f"cuda:{i}" for i in range(_gpu_count()))
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None or not all_gpus:
        return all_gpus
    visible = []
    for entry in (part.strip() for part in chosen.split(",")):
        # CUDA's own rule: what is no device hides all that follow.
        if not (entry.isdecimal() and int(entry) < len(all_gpus)) and not entry.startswith(("GPU-", "MIG-")):
            break
        visible.append(f"cuda:{entry}")
    return tuple(visible)


def nvidia_driver() -> bool:
    """Whether an NVIDIA driver is here: its device file, or WSL's."""
    return Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists()


def _gpu_count() -> int:
    if not nvidia_driver():
        return 0
    # WSL has no file a GPU: one is taken for granted.
    return len([file for file in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", file.name)]) or 1


def torch_knows_cuda() -> bool:
    """Whether the torch that is installed was built for CUDA, read off its version.py: importing it takes seconds."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return re.search(r"^cuda\b[^=\n]*=\s*['\"]", text, re.MULTILINE) is not None
