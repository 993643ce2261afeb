"""Checkpoints: single files, `checkpoints/<nimg, 10 digits>.pt`, written whole or not at all, read without code."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch

from ganstudio.errors import UsageError, quoted
from ganstudio.runs.checkpoints import all_checkpoints as all_checkpoints
from ganstudio.runs.checkpoints import best as best
from ganstudio.runs.checkpoints import choose as choose
from ganstudio.runs.checkpoints import folder
from ganstudio.runs.checkpoints import nimg_of as nimg_of
from ganstudio.workspace import write_json

FORMAT = 2
READABLE = (1, FORMAT)  # 1 has the state of penalties once, whatever the critic
KEPT_LAST = 2
_WHERE = "Those of a run are the .pt files in the folder checkpoints of runs/ID"
KEPT_SPREAD = 10
_ZIP = b"PK\x03\x04"  # what torch has written files as since 1.6


def save(run: Path, state: dict[str, Any]) -> Path:
    """Writes `state` under the images it has seen, points `last.json` there and thins out the others."""
    nimg = state["progress"]["nimg"]
    folder(run).mkdir(exist_ok=True)
    path = folder(run) / f"{nimg:010}.pt"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error.__context__, OSError):  # torch's writer hides a full disk behind its own bookkeeping
            raise error.__context__ from None
        raise
    write_json(folder(run) / "last.json", {"file": path.name, "nimg": nimg})
    if best := state["progress"]["best"]:
        write_json(folder(run) / "best.json", {"file": f"{best['nimg']:010}.pt", **best})
    _thin_out(run)
    return path


def load(path: Path) -> dict[str, Any]:
    """A checkpoint's tensors and plain values. Raises UsageError for a damaged file or one that carries code."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such checkpoint.", hint=f"ls {quoted(path.parent)}")
    try:
        with path.open("rb") as file:
            begin = file.read(len(_ZIP))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from None
    if not begin:
        raise UsageError(f"{path}: is damaged: it is empty.")
    if begin != _ZIP:
        raise _refusal(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols that the loader then refuses
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise _refusal(path) from None
    except Exception as error:  # damaged bytes fail in any way that torch's reader can
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"{path}: is damaged: {reason}") from None
    if not isinstance(state, dict) or state.get("format") not in READABLE:
        known = " or ".join(map(str, READABLE))
        raise UsageError(f"{path}: is no ganstudio checkpoint of format {known}.", _WHERE)
    return state


def _refusal(path: Path) -> UsageError:
    return UsageError(f"{path}: refused: it is no checkpoint of tensors and plain values.", _WHERE)


def load_start(path: Path) -> dict[str, Any]:
    """The checkpoint that a run begins with. Raises UsageError as `load` does, and where it holds no networks."""
    state = load(path)
    if not _holds_networks(state.get("nets")):
        raise UsageError(f"{path}: is no whole checkpoint: it holds no networks.", _WHERE)
    return state


def _holds_networks(nets: Any) -> bool:
    """Whether these are networks by kind and name, each with its tensors by theirs."""
    if not isinstance(nets, dict) or not {"generators", "critics", "ema"} <= nets.keys():
        return False
    if not all(isinstance(kind, dict) for kind in nets.values()):
        return False
    states = [state for kind in nets.values() for state in kind.values()]
    return all(isinstance(s, dict) and all(isinstance(value, torch.Tensor) for value in s.values()) for s in states)


def load_newest(run: Path) -> tuple[dict[str, Any], Path, list[str]]:
    """The newest checkpoint that can be read, and a note for each newer one that can't. Raises UsageError: none can."""
    found: list[str] = []
    for path in reversed(all_checkpoints(run)):
        try:
            return load(path), path, found
        except UsageError as error:
            found.append(error.message)
    raise UsageError("\n".join([f"{run}: has no checkpoint that can be read.", *found]))


def sweep(run: Path) -> None:
    """Leaves no half-written file of a worker that was killed."""
    for unfinished in run.rglob(".*.tmp"):
        unfinished.unlink(missing_ok=True)


def _thin_out(run: Path) -> None:
    """Keeps the last two, the best, and at most ten spread evenly over the run."""
    paths = all_checkpoints(run)
    keep = set(paths[-KEPT_LAST:])
    if named := best(run):
        keep.add(named)
    older = paths[:-KEPT_LAST]
    last = nimg_of(paths[-1])
    marks = [last * i / KEPT_SPREAD for i in range(KEPT_SPREAD)]
    keep |= {min(older, key=lambda path: abs(nimg_of(path) - mark)) for mark in marks if older}
    for path in set(paths) - keep:
        path.unlink(missing_ok=True)
