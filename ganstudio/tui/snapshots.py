"""What the dashboard shows at one moment, frozen: it is made in the poller's thread and only read by screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ganstudio.diagnosis.finding import Finding
from ganstudio.runs.metrics.downsampling import Curve
from ganstudio.runs.store import RunView


class Gpu(NamedTuple):
    """`load` in percent; memory in bytes; degrees Celsius, None where the card does not tell."""

    name: str
    load: int
    used: int
    total: int
    celsius: int | None


@dataclass(frozen=True)
class Machine:
    """`cpu` in percent of all cores; memory in bytes; `why_no_gpu` is empty where there are some."""

    cpu: float
    used: int
    total: int
    celsius: float | None
    gpus: tuple[Gpu, ...]
    why_no_gpu: str


@dataclass(frozen=True)
class RunRow:
    """A run as the table shows it. `findings` is None until the rules have looked at it."""

    view: RunView
    trend: tuple[float, ...] = ()
    d_accuracy: float | None = None
    findings: tuple[Finding, ...] | None = None

    @property
    def id(self) -> str:
        return self.view.id


@dataclass(frozen=True)
class Runs:
    """Every run, newest first, and a line for each folder that cannot be read."""

    rows: tuple[RunRow, ...] = ()
    damaged: tuple[str, ...] = ()
    read: bool = False  # False before anybody has looked

    @property
    def running(self) -> int:
        return sum(row.view.live for row in self.rows)

    def of(self, run_id: str | None) -> RunRow | None:
        return next((row for row in self.rows if row.id == run_id), None)


@dataclass(frozen=True)
class OneRun:
    """A run that is open: its curves, and the images counted at each grid of samples and each checkpoint it keeps.

    `exact` is the share of metrics.jsonl that the curves were made from; below 1 they are of ticks spread over it.
    """

    row: RunRow
    curves: Mapping[str, Curve] = field(default_factory=dict)
    samples: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] = ()
    exact: float = 1.0
    log_size: int = 0
