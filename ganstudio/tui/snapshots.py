"""Snapshots: frozen copies of what the dashboard shows at one moment.

A reader (`run_readers`, `machine`) makes them in the poller's thread; a message (`messages`) takes them to the screens,
which only read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ganstudio.diagnosis.finding import Finding
from ganstudio.runs.metrics.downsampling import Curve
from ganstudio.runs.store import RunView


class Gpu(NamedTuple):
    """One graphics card: `load` in percent; memory in bytes; degrees Celsius, None where the card has no sensor."""

    name: str
    load: int
    used: int
    total: int
    celsius: int | None


@dataclass(frozen=True)
class MachineSnapshot:
    """How busy the machine is: `cpu` in percent of all cores, memory in bytes; `why_no_gpu` is '' if it has one."""

    cpu: float
    used: int
    total: int
    celsius: float | None
    gpus: tuple[Gpu, ...]
    why_no_gpu: str


@dataclass(frozen=True)
class RunRow:
    """One row of the table of runs. `findings` is None until `diagnose` has run over it.

    `trend` is the last values of its first score, `d_accuracy` the discriminator's last accuracy.
    """

    view: RunView
    trend: tuple[float, ...] = ()
    d_accuracy: float | None = None
    findings: tuple[Finding, ...] | None = None

    @property
    def id(self) -> str:
        return self.view.id


@dataclass(frozen=True)
class RunsSnapshot:
    """All runs of the workspace, newest first; `damaged` has a line for each folder that cannot be read."""

    rows: tuple[RunRow, ...] = ()
    damaged: tuple[str, ...] = ()
    loaded: bool = False  # False until the runs have been read once

    @property
    def running(self) -> int:
        """How many runs are live."""
        return sum(row.view.live for row in self.rows)

    def find(self, run_id: str | None) -> RunRow | None:
        """Returns the row of a run; None where there is none of that id."""
        return next((row for row in self.rows if row.id == run_id), None)


@dataclass(frozen=True)
class RunSnapshot:
    """The run that the screen Run shows: its curves, and the nimg of each grid of samples and each checkpoint kept.

    `read_share` is the share of metrics.jsonl that the curves were made from; below 1 they are of ticks spread over it.
    """

    row: RunRow
    curves: Mapping[str, Curve] = field(default_factory=dict)
    samples: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] = ()
    read_share: float = 1.0
    log_size: int = 0
