"""A few iterations of a training that is thrown away: what one takes, and what its run will need."""

from __future__ import annotations

import io
import resource
import statistics
import sys
import time
from itertools import islice
from typing import Any

import torch

from ganstudio.engine.run_folder.checkpoint import FORMAT, KEPT_LAST, KEPT_SPREAD
from ganstudio.engine.schedules import marks
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.recipe.schema import Recipe

LEAST, MOST = 3, 16  # iterations that are measured; lazy penalties come at every fourth or so
LIMIT_S = 2.0  # for all of them where LEAST have been made
TOO_LONG_S = 3.0  # for all of them where they have not
ADAPTED_P = 0.5  # of an augmentation that adapts


def measure_iterations(session: Session) -> dict[str, Any]:
    """Time, memory and disk of a training whose next iterations are made here. The session is spoilt for any other use.

    `step_ms` is the median iteration, `img_per_s` real images over all that were measured, `memory_bytes` the most that
    was held at once, `disk_bytes` as many checkpoints as the run keeps at most; samples and logs come on top.
    """
    device, recipe = session.compute.device, session.recipe
    skip_ahead(session)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    _iteration(session)  # the first one allocates, and loads and chooses kernels
    before, taken = session.progress.nimg, [_iteration(session)]
    while len(taken) < MOST and sum(taken) < (LIMIT_S if len(taken) >= LEAST else TOO_LONG_S):
        taken.append(_iteration(session))
    size = checkpoint_bytes(session)
    return {
        "step_ms": statistics.median(taken) * 1000,
        "img_per_s": (session.progress.nimg - before) / sum(taken),
        "step_missing": None,
        "memory_bytes": peak_memory_bytes(device),
        "checkpoint_bytes": size,
        "disk_bytes": size * most_kept(recipe),
    }


def skip_ahead(session: Session) -> None:
    """Takes a new session to where a run of it needs the most: half of its schedules, or the end of growth.

    What sets in on the way, as an augmentation whose chance begins at 0, is there then; an adaptive one has adapted.
    """
    recipe, progress = session.recipe, session.progress
    share = 1.0 if recipe.growth else 0.5
    progress.nimg = max(progress.nimg, int(recipe.training.schedule_length * 1000 * share))
    session.adapted_p = max(session.adapted_p, ADAPTED_P)


def _iteration(session: Session) -> float:
    """Seconds that one took, until the device was done with it."""
    began = time.perf_counter()
    for _ in iterate(session):
        pass
    match session.compute.device.type:
        case "cuda":
            torch.cuda.synchronize(session.compute.device)
        case "mps":
            torch.mps.synchronize()
    return time.perf_counter() - began


def peak_memory_bytes(device: torch.device) -> int:
    """The most that was held at once: of a GPU's memory by tensors, else of the machine's by this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class _Scale(io.BytesIO):
    """A file that keeps nothing and knows how long it would be."""

    size = 0

    def write(self, content: Any) -> int:
        self.size += len(content)
        return len(content)


def checkpoint_bytes(session: Session) -> int:
    """The size of the file that a checkpoint would be now."""
    return written_bytes(session.state_dict())


def written_bytes(state: dict[str, Any]) -> int:
    """The size of the file that a checkpoint of this state is."""
    scale = _Scale()
    torch.save({"format": FORMAT, **state}, scale)
    return scale.size


def most_kept(recipe: Recipe) -> int:
    """Checkpoints that a run of this recipe keeps at most, the best one among them."""
    most, end = KEPT_LAST + KEPT_SPREAD + 1, round(recipe.training.kimg * 1000)
    written = {0, end}  # at both ends, and the best is kept when it is found
    for every_kimg in (recipe.training.checkpoint_kimg, recipe.evaluation.every_kimg):
        written.update(islice(marks(every_kimg, end), most))
    return min(most, len(written))
