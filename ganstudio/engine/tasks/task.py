"""What a task is: how a batch becomes pairs for the critics to judge, and the losses that are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

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
from ganstudio.inference.codes import Code
from ganstudio.recipe.schema import Recipe


class Task(Protocol):
    """How a batch becomes pairs to judge, and the losses that are its own."""

    @property
    def needs(self) -> DataContract: ...

    @property
    def sampler(self) -> str | None:
        """The name of the generator that makes images of noise; None where the task makes images of images."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What its results are measured by, exactly one of them the best; empty where it has no score."""

    @property
    def caution(self) -> str | None:
        """A sentence where the best of the measures is not what the training is for."""

    @property
    def excused(self) -> Mapping[Any, str]:
        """What it takes no part in (see tasks/task_base.py), with a sentence that says why."""

    @property
    def shows(self) -> tuple[str, ...]:
        """What the tiles of one example in a grid of samples are, in the order of `preview`; {k} is class k's name."""

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes within z of the generator that was built; most have none."""

    def seen(self, shape: DataShape) -> DataShape:
        """What networks are built for where the data is of `shape`. Raises RecipeError where the task cannot use it."""

    def make_source(self, images: Tensor, draw: Draw) -> Tensor | None:
        """What these images [N, C, *size] are to be made from, where that comes with no data; None where it does."""

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets: ...

    def state(self, nets: Nets, batch: int) -> dict[str, Tensor]:
        """What the task remembers. The first axis is the global batch: a process reads and writes its own rows."""

    def reads(self, side: Side) -> bool:
        """Does this side's update look at real images, whatever the terms say?"""

    def pairs(self, context: StepContext) -> list[Pair]:
        """Fakes carry a graph where the context says so."""

    def terms(self, recipe: Recipe) -> list[Term]:
        """Losses of its own, besides the recipe's objective and regularizers; their weights are the recipe's."""

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        """Images from the averaged networks, in eval mode, for previews and scores."""

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        """Images [N, C, *size] for each of `shows`, of `batch` where the task makes images of images."""

    def network_problems(self, nets: Nets) -> Iterable[str]:
        """Sentences on what the networks lack for this task."""

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]: ...
