"""What a task declares of itself beside its losses; the defaults are those of a task that makes images of images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Literal

from torch import Tensor

from ganstudio.engine.contract import Architecture, Batch, DataShape, Nets, Options, Side, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.measure import Measure
from ganstudio.inference.codes import Code

Excuse = Literal["growth", "volumes"]


class TaskBase(ABC):
    """Defaults of what the loop, probes, scores, previews and `check` ask of every task.

    Attributes:
        sampler: the name of the generator that makes images of noise, which probes and Fréchet distances look at; None
            where the task makes images of images.
        measures: what its results are measured by, exactly one of them the best; empty where it has no score.
        caution: a sentence where the best of the measures is not what the training is for; None where it is.
        excused: what it takes no part in, with a sentence that says why.
        shows: what the tiles of one example in a grid of samples are, in the order of `preview`; {k} stands for class
            k's name.
        codes: the codes within z of the generator that was built.
    """

    sampler: str | None = None
    measures: tuple[Measure, ...] = ()
    caution: str | None = None
    excused: Mapping[Excuse, str] = {}
    shows: tuple[str, ...] = ("sample",)
    codes: tuple[Code, ...] = ()

    def seen(self, shape: DataShape) -> DataShape:
        """What networks are built for where the data is of `shape`. Raises RecipeError where the task cannot use it."""
        return shape

    def make_source(self, images: Tensor, draw: Draw) -> Tensor | None:
        """What these images [N, C, *size] are to be made from, where that comes with no data; None where it does."""
        return None

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        """The networks: one generator and one critic."""
        self.shape = shape
        return Nets(
            {"generator": architecture.generator(options, shape)}, {"critic": architecture.critic(options, shape)}
        )

    def state(self, nets: Nets, batch: int) -> dict[str, Tensor]:
        """What the task remembers from update to update; nothing."""
        return {}

    def reads(self, side: Side) -> bool:
        """Whether a side's update needs a real batch: images that are made of images always do."""
        return True

    @abstractmethod
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
