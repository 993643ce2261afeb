"""What a training says of itself: means between ticks, speed, memory, and the first value that is no number."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor

from ganstudio.engine.distributed import World
from ganstudio.engine.updates.report import SIGNALS, UpdateReport
from ganstudio.errors import TrainingError

TICK_S = 1.0  # wanted between two ticks
Scalar = tuple[str, str]  # the field of a tick that it belongs to, and its name there
_SINGULAR = {"penalties": "penalty_", "grad_norms": "grad_norm_", "update_ratios": "update_ratio_"}


@dataclass
class Telemetry:
    """Collects the scalars of updates without waiting for the device; a tick reads them all at once."""

    world: World
    device: torch.device
    rows: list[tuple[int, tuple[Scalar, ...], Tensor]] = field(default_factory=list)
    steps: int = 0  # iterations since the last tick
    until: int = 1  # iterations from one tick to the next, agreed by all processes
    nimg: int = 0
    since: float = field(default_factory=time.perf_counter)
    waited: float = 0.0  # seconds that all batches had taken when the interval began

    def record(self, iteration: int, report: UpdateReport) -> None:
        values = report.scalars()
        stacked = torch.stack([torch.as_tensor(v, dtype=torch.float32, device=self.device) for v in values.values()])
        self.rows.append((iteration, tuple(values), stacked))

    @property
    def due(self) -> bool:
        return self.steps >= self.until

    def restart(self, nimg: int, waited: float) -> None:
        """Begins the next interval; what was spent on previews, scores and files since then does not count as speed.

        `waited` are the seconds that drawing batches has taken so far.
        """
        self.steps, self.nimg, self.since, self.waited = 0, nimg, time.perf_counter(), waited

    def collect(self) -> dict[Scalar, float]:
        """Means of everything recorded since the last call, over processes too.

        Raises TrainingError, naming loss and step, at the first value that is not finite.
        """
        if not self.rows:
            return {}
        flat = torch.cat([row for _, _, row in self.rows])
        self.world.mean([flat])
        numbers = iter(flat.tolist())
        sums: dict[Scalar, list[float]] = {}
        broken: tuple[int, Scalar, float] | None = None
        for iteration, scalars, _ in self.rows:
            for name in scalars:
                value = next(numbers)
                sums.setdefault(name, []).append(value)
                if broken is None and not math.isfinite(value):
                    broken = (iteration, name, value)
        self.rows.clear()
        if broken:
            step, (group, loss), value = broken
            raise NotFiniteError(step, f"{_SINGULAR.get(group, '')}{loss}", value)
        return {name: sum(values) / len(values) for name, values in sums.items()}

    def speed(self, nimg: int) -> float:
        """Images a second since the interval began."""
        return (nimg - self.nimg) / max(time.perf_counter() - self.since, 1e-9)

    def data_share(self, waited: float) -> float:
        """The share of the interval that went into drawing batches."""
        return (waited - self.waited) / max(time.perf_counter() - self.since, 1e-9)

    def pace(self) -> int:
        """Iterations that take about TICK_S, from the interval that ends now."""
        each = (time.perf_counter() - self.since) / max(self.steps, 1)
        return max(round(TICK_S / max(each, 1e-9)), 1)


class NotFiniteError(TrainingError):
    """A loss, penalty or gradient became NaN or infinite."""

    def __init__(self, step: int, loss: str, value: float) -> None:
        super().__init__(
            f"{loss} became {value} at step {step}; nothing was saved after that.",
            hint="ganstudio diagnose RUN   # has the command that goes on from a good checkpoint, with shorter steps",
        )
        self.step, self.loss = step, loss


def tick_fields(means: dict[Scalar, float], rates: Mapping[str, float], augment_p: float | None) -> dict[str, Any]:
    """A tick event's fields from the means of updates: losses and penalties by name, signals, gradient norms."""
    fields: dict[str, dict[str, float]] = {
        group: {} for group in ("losses", "penalties", "grad_norms", "update_ratios")
    }
    for (group, name), value in means.items():
        fields.setdefault(group, {})[name] = value
    signals = fields.pop("signals", {})
    return {**fields, **{name: signals.get(name) for name in SIGNALS}, "lr": rates, "augment_p": augment_p}


def swapped_bytes() -> int | None:
    """What of this process the system has moved to disk; None where it does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmSwap:")), None)
    return int(line.split()[1]) * 1024 if line else None


def memory_bytes(device: torch.device) -> int:
    """What the training holds: the GPU's allocated bytes, or this process's resident set."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss)
