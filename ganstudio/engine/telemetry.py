"""What a training says of itself: means between ticks, speed, memory, and the first value that is no number."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import psutil
import torch
from torch import Tensor

from ganstudio.engine.distributed import World
from ganstudio.errors import TrainingError

TICK_S = 1.0  # wanted between two ticks


@dataclass
class Telemetry:
    """Collects the scalars of updates without waiting for the device; a tick reads them all at once."""

    world: World
    device: torch.device
    rows: list[tuple[int, tuple[str, ...], Tensor]] = field(default_factory=list)
    steps: int = 0  # iterations since the last tick
    until: int = 1  # iterations from one tick to the next, agreed by all processes
    nimg: int = 0
    since: float = field(default_factory=time.perf_counter)

    def record(self, iteration: int, values: dict[str, Tensor]) -> None:
        stacked = torch.stack([torch.as_tensor(v, dtype=torch.float32, device=self.device) for v in values.values()])
        self.rows.append((iteration, tuple(values), stacked))

    @property
    def due(self) -> bool:
        return self.steps >= self.until

    def restart(self, nimg: int) -> None:
        """Begins the next interval; what was spent on previews, scores and files since then does not count as speed."""
        self.steps, self.nimg, self.since = 0, nimg, time.perf_counter()

    def collect(self) -> dict[str, float]:
        """Means of everything recorded since the last call, over processes too.

        Raises TrainingError, naming loss and step, at the first value that is not finite.
        """
        if not self.rows:
            return {}
        flat = torch.cat([row for _, _, row in self.rows])
        self.world.mean([flat])
        numbers = iter(flat.tolist())
        sums: dict[str, list[float]] = {}
        broken: tuple[int, str, float] | None = None
        for iteration, names, _ in self.rows:
            for name in names:
                value = next(numbers)
                sums.setdefault(name, []).append(value)
                if broken is None and not math.isfinite(value):
                    broken = (iteration, name, value)
        self.rows.clear()
        if broken:
            raise NotFiniteError(*broken)
        return {name: sum(values) / len(values) for name, values in sums.items()}

    def speed(self, nimg: int) -> float:
        """Images a second since the interval began."""
        return (nimg - self.nimg) / max(time.perf_counter() - self.since, 1e-9)

    def pace(self) -> int:
        """Iterations that take about TICK_S, from the interval that ends now."""
        each = (time.perf_counter() - self.since) / max(self.steps, 1)
        return max(round(TICK_S / max(each, 1e-9)), 1)


class NotFiniteError(TrainingError):
    """A loss, penalty or gradient became NaN or infinite."""

    def __init__(self, step: int, loss: str, value: float) -> None:
        super().__init__(
            f"{loss} became {value} at step {step}; nothing was saved after that.",
            hint="ganstudio runs resume   # goes on from the last good checkpoint; a lower learning rate may hold",
        )
        self.step, self.loss = step, loss


def tick_fields(means: dict[str, float], rates: dict[str, float], augment_p: float | None) -> dict[str, Any]:
    """A tick event's fields from the means of updates: losses and penalties by name, logits, gradient norms."""
    watched = ("d_real", "d_fake", "p_real", "p_fake", "sign_real")
    prefixes = ("penalty_", "grad_norm_")
    return {
        "losses": {k: v for k, v in means.items() if k not in watched and not k.startswith(prefixes)},
        "penalties": {k.removeprefix("penalty_"): v for k, v in means.items() if k.startswith("penalty_")},
        **{k: means.get(k) for k in ("d_real", "d_fake", "p_real", "p_fake")},
        "grad_norms": {k.removeprefix("grad_norm_"): v for k, v in means.items() if k.startswith("grad_norm_")},
        "lr": rates,
        "augment_p": augment_p,
    }


def memory_bytes(device: torch.device) -> int:
    """What the training holds: the GPU's allocated bytes, or this process's resident set."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss)
