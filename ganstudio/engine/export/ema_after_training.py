"""A generator's average of any length, put together from those that a run's checkpoints keep.

Karras et al. 2024, arXiv:2312.02696, section 3.2. Each checkpoint is read once and let go of: two generators lie in
memory, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganstudio.data.store import DataSet
from ganstudio.engine.averages.power_function import gamma_of_std
from ganstudio.engine.contract import ExportSpec, Nets, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.export import parity
from ganstudio.engine.export.profiles import LARGEST_ERROR, StoredProfiles
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.styled_batches import batches_of
from ganstudio.engine.tasks.task import Task
from ganstudio.engine.training import recorded_data
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import RunRecord

FAKES = 2048  # or a few more, to whole batches, that batch norms are measured on
SOURCES = 512  # pictures, where images are made of images: fewer, for such networks are large
FIRST_SEED = 10_000  # of their latents: no seed of a proof
PROPOSED = (0.05, 0.1)  # stds to keep where a run kept none
MOST_KEPT = 4  # as training.ema_stds


@dataclass
class AfterTraining:
    """What an average is put together from: `coefficients` has a row a checkpoint, a column a stored average.

    `error` is that of its profile, in [0, 1]; `fakes` that its batch norms were measured on, once it is in a graph.
    """

    std: float
    error: float
    checkpoints: list[Path]
    coefficients: list[list[float]]
    fakes: int = 0

    def as_json(self) -> dict[str, Any]:
        nimgs = [checkpoint.nimg_of(path) for path in self.checkpoints]
        return {"std": self.std, "error": self.error, "checkpoints": nimgs, "fakes": self.fakes}


def plan(run: Path, record: RunRecord, path: Path, std: float, nimgs: list[int] | None = None) -> AfterTraining:
    """How the average of `std` at the checkpoint `path` is made of the run's checkpoints up to there, or of `nimgs`.

    Raises UsageError where none of them keeps averages, one of `nimgs` is gone, or the profile's error is above
    LARGEST_ERROR, with the stds that can be had; ValueError for a std outside EMA_STDS.
    """
    training = Recipe.model_validate(record.recipe).training
    stds, asked = training.ema_stds, f"--ema-std {std:g}"
    hint = f"ganstudio runs fork {run.name} --set {_setting(stds, std)} --kimg {2 * training.kimg:g}"
    if not stds:
        raise UsageError(f"{asked}: the checkpoints of {run.name} keep no averages to put it together from.", hint)
    here = {checkpoint.nimg_of(one): one for one in checkpoint.all_checkpoints(run)}
    last = checkpoint.nimg_of(path)
    if gone := [nimg / 1000 for nimg in nimgs or () if nimg not in here]:
        which = f"the checkpoints at {_listed(gone)} kimg that the average was made of"
        raise UsageError(f"{run.name}: no longer keeps {which}.")
    used = nimgs or [nimg for nimg in here if 0 < nimg <= last]
    if not used:
        raise UsageError(f"{asked}: at {last / 1000:g} kimg nothing was averaged yet.", hint="--checkpoint last")
    stored = StoredProfiles.of(used, stds)
    gamma = gamma_of_std(std)
    coefficients = stored.coefficients(gamma)
    if (error := stored.error(gamma, coefficients)) > LARGEST_ERROR:
        legal = [f"{low:g}" if low == high else f"{low:g} to {high:g}" for low, high in stored.legal_ranges()]
        many = f"{len(used)} checkpoints" if len(used) > 1 else "the one checkpoint"
        raise UsageError(
            f"{asked}: the nearest that {many} of {run.name} can give, with averages of std {_listed(stds)}, misses "
            f"its profile by {error:.1%}; at most {LARGEST_ERROR:.0%} is let through. Legal: {', '.join(legal)}.",
            hint,
        )
    rows = coefficients.reshape(len(used), len(stds)).tolist()
    return AfterTraining(std, error, [here[nimg] for nimg in used], rows)


def _setting(stds: tuple[float, ...], std: float) -> str:
    """The knob with which a run keeps an average of this very std, too."""
    nearest = sorted(stds or PROPOSED, key=lambda one: abs(one - std))[: MOST_KEPT - 1]
    return quoted(f"training.ema_stds=[{_listed(sorted({*nearest, std}))}]")


def _listed(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)


def put_together(state: dict[str, Any], made: AfterTraining) -> None:
    """Replaces the averaged parameters of a checkpoint's `state` by those of `made`. Buffers stay the checkpoint's.

    Raises UsageError for a checkpoint that cannot be read, or keeps no such averages.
    """
    sums: dict[tuple[str, str], Tensor] = {}
    for path, row in zip(made.checkpoints, made.coefficients, strict=True):
        stored = checkpoint.load(path).get("power_averages", {}).get("weights", [])
        if len(stored) != len(row):
            raise UsageError(f"{path}: keeps none of the averages that training.ema_stds asks for.")
        for coefficient, nets in zip(row, stored, strict=True):
            for name, weights in nets.items():
                for key, value in weights.items():
                    at = name, key
                    before = sums[at] if at in sums else torch.zeros_like(value, dtype=torch.float64)
                    sums[at] = before.add_(value, alpha=coefficient)
    for (name, key), value in sums.items():
        averaged = state["nets"]["ema"][name]
        averaged[key] = value.to(averaged[key].dtype)


@torch.no_grad()
def measure_batch_norms(spec: ExportSpec, classes: int, batch: int) -> int:
    """Gives the batch norms of a graph the statistics of its own fakes, averaged over batches.

    How many fakes comes back, 0 without batch norms. Latents, classes in turn and noise are those of fixed seeds. Only
    the batch norms are in train mode meanwhile.
    """
    norms = _batch_norms([spec.module])
    if not norms:
        return 0
    batches = -(-FAKES // batch)
    with _measured_anew(norms):
        for number in range(batches):
            first = FIRST_SEED + number * batch
            feed = parity.inputs(spec, classes, range(first, first + batch))
            if "psi" in feed:
                feed["psi"] = np.array(1.0, np.float32)  # as in training: no truncation
            spec.module(*map(torch.from_numpy, feed.values()))
    return batches * batch


@torch.no_grad()
def measure_on_pictures(task: Task, nets: Nets, stage: Stage, record: RunRecord, recipe: Recipe) -> int:
    """As `measure_batch_norms`, for generators that make images of images: on what their run was trained on.

    Raises UsageError where there are batch norms, and the run's data set is not here any more.
    """
    norms = _batch_norms(nets.ema.values())
    if not norms:
        return 0
    batch, cpu = recipe.training.batch, torch.device("cpu")
    drawn = batches_of(_data_of(record), task.needs, recipe.data, record.seed, cpu, task.make_source)
    batches = -(-min(SOURCES, len(drawn.rows)) // batch)
    with _measured_anew(norms):
        for number in range(batches):
            draw = Draw(record.seed, "batch norm", number, batch, slice(0, batch), cpu)
            shown = drawn.at("batch norm", number * batch, draw, stage)
            task.preview(nets, draw, stage, shown.labels, shown)
    return batches * batch


def _data_of(record: RunRecord) -> DataSet:
    try:
        return recorded_data(record.data)
    except StudioError:
        gone = f"{record.data['name']}, which {record.id} was trained on, is not here as it was"
        raise UsageError(f"batch norms are measured anew on pictures, and {gone}.", "ganstudio data list") from None


def _batch_norms(modules: Iterable[nn.Module]) -> list[nn.modules.batchnorm._BatchNorm]:
    found = (m for module in modules for m in module.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm))
    return [norm for norm in found if norm.track_running_stats]


@contextmanager
def _measured_anew(norms: list[nn.modules.batchnorm._BatchNorm]) -> Iterator[None]:
    """Whatever goes through batch norms meanwhile gives them their statistics: the plain mean over batches."""
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's word for that
        norm.train()
    yield
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.eval()
        norm.momentum = momentum
