"""A picture made of another, learned from pairs: pix2pix, Isola et al. 2017 (arXiv:1611.07004, eq. 4).

The critic sees the source beside the picture.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.contract import (
    Architecture,
    Batch,
    Condition,
    DataContract,
    DataShape,
    ExportSpec,
    Nets,
    Options,
    Pair,
    Stage,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.measure import Measure
from ganstudio.engine.tasks.target_measures import MEASURES, target_measures
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.tasks.translator import blank, free_sides
from ganstudio.engine.terms.losses.distance import PixelDistance
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import PairedTask


class Paired(TaskBase):
    needs = DataContract(source=True, least_held=2)
    measures: tuple[Measure, ...] = MEASURES
    excused = {  # noqa: RUF012
        "growth": "the paired task takes its source at one resolution.",
        "volumes": "paired takes images, neither clips nor voxel grids.",
    }
    shows = ("input", "output", "target")

    def __init__(self, knobs: PairedTask | None = None) -> None:
        self.knobs = knobs or PairedTask()

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        self.measures = target_measures(min(shape.size))
        return super().build(architecture, options, shape)

    def pairs(self, context: StepContext) -> list[Pair]:
        batch = context.batch
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = context.nets.generators["generator"](batch.source).float()
        return [Pair("critic", fake, batch.images, self.condition(batch))]

    def condition(self, batch: Batch) -> Condition:
        """What the critic is told beside a picture."""
        return Condition(batch.labels, batch.source)

    def terms(self, recipe: Recipe) -> list[Term]:
        knobs: Any = recipe.task
        return [PixelDistance(knobs.l1)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        return nets.ema["generator"](batch.source)

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        made = self.generate(nets, draw, stage, labels, batch)
        source = _in_channels(batch.source, made.shape[1])
        if source.shape[2:] != made.shape[2:]:  # a smaller one as its pixels are: no scaling makes it look better
            source = F.interpolate(source, made.shape[2:], mode="nearest")
        return source, made, batch.images

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net, (channels, height, width) = nets.ema["generator"], self.shape.source
        source = {"source": blank(net, channels, (height, width))}
        return [ExportSpec("", net, source, free_axes=free_sides(net, "source"))]


def _in_channels(images: Tensor, channels: int) -> Tensor:
    """`images` to be shown beside others of so many channels: grey beside colour, and colour as grey."""
    if images.shape[1] == channels:
        return images
    grey = images[:, :3].mean(1, keepdim=True)
    if channels < 4:
        return grey.expand(-1, channels, -1, -1)
    return torch.cat([grey.expand(-1, 3, -1, -1), torch.ones_like(grey)], 1)
