"""Which checkpoints a run has, by their names alone: `checkpoints/<nimg, 10 digits>.pt`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ganstudio.errors import UsageError

_NAME = re.compile(r"[0-9]{1,18}\.pt")


def folder(run: Path) -> Path:
    return run / "checkpoints"


def nimg_of(path: Path) -> int:
    return int(path.stem)


def all_checkpoints(run: Path) -> list[Path]:
    """All checkpoints of a run, oldest first."""
    return sorted(path for path in folder(run).glob("*.pt") if _NAME.fullmatch(path.name))


def best(run: Path) -> Path | None:
    """The checkpoint that best.json names; None where there is none, or it names no checkpoint of this run."""
    try:
        name = json.loads((folder(run) / "best.json").read_bytes())["file"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    path = folder(run) / str(name)
    return path if _NAME.fullmatch(str(name)) and path.is_file() else None


def choose(run: Path, which: str) -> Path:
    """`best` (else last), `last`, or the one nearest to a number of kimg. Raises UsageError where there is none."""
    paths = all_checkpoints(run)
    if not paths:
        raise UsageError(f"{run.name}: has no checkpoint yet.", hint=f"ganstudio runs show {run.name}")
    if which == "best" and (named := best(run)):
        return named
    if which in ("best", "last"):
        return paths[-1]
    try:
        nimg = round(float(which) * 1000)
    except (ValueError, OverflowError):
        raise UsageError(f"{run.name}: a checkpoint must be best, last or a number of kimg; got {which!r}.") from None
    chosen = min(paths, key=lambda path: abs(nimg_of(path) - nimg))
    if abs(nimg_of(chosen) - nimg) > 500:
        available = ", ".join(f"{nimg_of(p) / 1000:g}" for p in paths)
        raise UsageError(f"{run.name}: has no checkpoint at {which} kimg. Kept: {available}.")
    return chosen
