"""Writes deploy/requirements.txt: what the image installs, without torch and with the onnxruntime of the CPU.

    python .ci/image_lock.py         # what `make lock-image` does, on Linux (x86-64), after `make lock`

The needs are those of pyproject.toml and of its extra `serve`, less LEFT_OUT. pip resolves them within constraints.txt
and installs nothing. Local parts of a version (+cpu) are left out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "deploy/requirements.txt"
HEAD = "# What the image installs: pip install --no-deps -r deploy/requirements.txt. Made by `make lock-image`."
# What trains, finds directions, imports models and draws on a terminal or for one in a browser; onnxruntime with CUDA.
LEFT_OUT = {
    *("torch", "torchvision", "torch-fidelity", "onnxscript", "onnx", "onnxruntime-gpu", "nvidia-ml-py"),
    *("scipy", "textual", "plotext", "textual-serve", "websockets"),
}


def needs() -> list[str]:
    """The requirements of the image, as pip reads them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = [*project["dependencies"], *project["optional-dependencies"]["serve"]]
    bare = (need.partition(";")[0].strip() for need in every)
    return [need for need in bare if re.match(r"[\w-]+", need)[0] not in LEFT_OUT]  # type: ignore[index]


def resolved(wanted: list[str]) -> list[str]:
    """`name==version` of all that they bring along, by name."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        options = ("--dry-run", "--ignore-installed", "--quiet", "--report", report.name)
        constraints = ("-c", str(ROOT / "constraints.txt"))
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *constraints, *wanted], check=True)
        packages = [one["metadata"] for one in json.loads(Path(report.name).read_bytes())["install"]]
    return sorted((f"{one['name']}=={one['version'].partition('+')[0]}" for one in packages), key=str.casefold)


if __name__ == "__main__":
    LOCK.write_text("\n".join([HEAD, *resolved(needs())]) + "\n")
    print(LOCK.relative_to(ROOT))
