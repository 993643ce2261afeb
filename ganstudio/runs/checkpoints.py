"""Which checkpoints a run has, by their names alone: `checkpoints/<nimg, 10 digits>.pt`."""

from __future__ import annotations

import json
from pathlib import Path

from ganstudio.errors import UsageError


def folder(run: Path) -> Path:
    return run / "checkpoints"


def nimg_of(path: Path) -> int:
    return int(path.stem)


def every(run: Path) -> list[Path]:
    """All checkpoints of a run, oldest first."""
    return sorted(path for path in folder(run).glob("*.pt") if path.stem.isdecimal())


def choose(run: Path, which: str) -> Path:
    """`best` (else last), `last`, or the one nearest to a number of kimg. Raises UsageError where there is none."""
    paths = every(run)
    if not paths:
        raise UsageError(f"{run.name}: has no checkpoint yet.", hint=f"ganstudio runs show {run.name}")
    if which == "best" and (pointer := folder(run) / "best.json").is_file():
        return folder(run) / str(json.loads(pointer.read_text())["file"])
    if which in ("best", "last"):
        return paths[-1]
    try:
        nimg = round(float(which) * 1000)
    except (ValueError, OverflowError):
        raise UsageError(f"{run.name}: a checkpoint must be best, last or a number of kimg; got {which!r}.") from None
    chosen = min(paths, key=lambda path: abs(nimg_of(path) - nimg))
    if abs(nimg_of(chosen) - nimg) > 500:
        kept = ", ".join(f"{nimg_of(p) / 1000:g}" for p in paths)
        raise UsageError(f"{run.name}: has no checkpoint at {which} kimg. Kept: {kept}.")
    return chosen
