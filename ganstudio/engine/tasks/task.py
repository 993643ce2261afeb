"""What a task is: how a batch becomes pairs for the critics to judge, and the losses that are its own."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ganstudio.engine.contract import (
    Architecture,
    Batch,
    DataContract,
    DataShape,
    ExportSpec,
    Nets,
    Options,
    Pair,
    Side,
    Stage,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.terms.term import Term


class Task(Protocol):
    """How a batch becomes pairs to judge, and the losses that are its own."""

    @property
    def needs(self) -> DataContract: ...

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets: ...

    def state(self, nets: Nets, batch: int) -> dict[str, Tensor]:
        """What the task remembers. The first axis is the global batch: a process reads and writes its own rows."""

    def reads(self, side: Side) -> bool:
        """Does this side's update look at real images, whatever the terms say?"""

    def pairs(self, context: StepContext) -> list[Pair]:
        """Fakes carry a graph where the context says so."""

    def terms(self) -> list[Term]:
        """Losses of its own, besides the recipe's objective and regularizers."""

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        """Images from the averaged networks, in eval mode, for previews and scores."""

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]: ...
