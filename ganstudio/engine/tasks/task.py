"""What a task is: how a batch becomes pairs for the critics to judge, and the losses that are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

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
from ganstudio.engine.tasks.measure import Measure
from ganstudio.engine.terms.term import Term

Excuse = Literal["score", "growth", "volumes", "held_out"]


class Task(Protocol):
    """How a batch becomes pairs to judge, the losses that are its own, and what it declares of itself.

    A task is a subclass, so that it has the defaults: those of one that makes images of images and has no score.

    Attributes:
        sampler: the name of the generator that makes images of noise, which probes and Fréchet distances look at; None
            where the task makes images of images.
        measures: what its results are measured by, exactly one of them the best; empty where it has no score.
        excused: what it takes no part in, with a phrase that says why.
        shows: what the tiles of one example in a grid of samples are, in the order of `preview`.
    """

    sampler: str | None = None
    measures: tuple[Measure, ...] = ()
    excused: Mapping[Excuse, str] = {}
    shows: tuple[str, ...] = ("sample",)

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

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        """Images [N, C, *size] for each of `shows`, of `batch` where the task makes images of images."""
        return (self.generate(nets, draw, stage, labels, batch),)

    def network_problems(self, nets: Nets) -> Iterable[str]:
        """Sentences on what the networks lack for this task."""
        return ()

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]: ...
