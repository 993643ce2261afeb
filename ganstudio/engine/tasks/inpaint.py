"""Holes in pictures, filled by what is around them: context encoders, Pathak et al. 2016 (arXiv:1604.07379).

The generator is shown a picture whose hole has one grey, and beside it the mask, 1 where the hole is. Of its answer
the hole alone is taken; what is around it stays as it was. The critic judges the picture that this makes. The weights,
0.999 of the distance and 0.001 of the objective, are the paper's (section 3.2), which has L2 in the place of L1. Holes
are made for training (`tasks/holes.py`): any data set will do.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

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
from ganstudio.engine.tasks.holes import holes
from ganstudio.engine.tasks.measure import Measure
from ganstudio.engine.tasks.target_measures import MEASURES, target_measures
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.tasks.translator import blank, free_sides
from ganstudio.engine.terms.losses.distance import HoleDistance
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import InpaintTask

GREY = 0.0  # of a hole as the generator is shown it: the middle of [-1, 1]


class Inpaint(TaskBase):
    needs = DataContract()
    measures: tuple[Measure, ...] = MEASURES
    excused = {  # noqa: RUF012
        "growth": "the inpaint task makes its holes at one resolution.",
        "volumes": "inpaint takes images, neither clips nor voxel grids.",
    }
    shows = ("input", "output", "target")

    def __init__(self, knobs: InpaintTask) -> None:
        self.knobs = knobs

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        self.shape = shape
        self.measures = target_measures(min(shape.size))
        size = (shape.size[-2], shape.size[-1])
        masked, alone = replace(shape, source=(shape.channels + 1, *size)), replace(shape, source=None)
        return Nets(
            {"generator": architecture.generator(options, masked)}, {"critic": architecture.critic(options, alone)}
        )

    def pairs(self, context: StepContext) -> list[Pair]:
        batch = context.batch
        mask = self._mask(context.draw)
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = filled(context.nets.generators["generator"], batch.images, mask)
        return [Pair("critic", fake, batch.images, Condition(batch.labels), inputs={"mask": mask})]

    def terms(self, recipe: Recipe) -> list[Term]:
        assert isinstance(recipe.task, InpaintTask)
        return [HoleDistance(recipe.task.hole_l1)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        """The images of `batch` with holes filled that are the same for every run."""
        return filled(nets.ema["generator"], batch.images, self._mask(replace(draw, seed=0)))

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        images = batch.images
        made = self.generate(nets, draw, stage, labels, batch)
        return _with_hole(images, self._mask(replace(draw, seed=0)) > 0), made, images

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net, shape = nets.ema["generator"], self.shape
        inputs = {"source": blank(net, shape.channels, shape.size), "mask": blank(net, 1, shape.size)}
        return [ExportSpec("", Filling(net), inputs, free_axes=free_sides(net, *inputs))]

    def _mask(self, draw: Draw) -> Tensor:
        return holes(draw, (self.shape.size[-2], self.shape.size[-1]), self.knobs.masks, self.knobs.hole)


class Filling(nn.Module):
    """What is exported: a picture [N, C, H, W] and a mask [N, 1, H, W], more than 0.5 where it is to be filled in."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, source: Tensor, mask: Tensor) -> Tensor:
        return filled(self.net, source, mask)


def filled(net: nn.Module, images: Tensor, mask: Tensor) -> Tensor:
    """`images` to the last bit, but for the holes, which the network fills."""
    hole = mask > 0.5
    made: Tensor = net(torch.cat([_with_hole(images, hole), hole.to(images.dtype)], 1))
    return torch.where(hole, made.to(images.dtype), images)


def _with_hole(images: Tensor, hole: Tensor) -> Tensor:
    return images.masked_fill(hole, GREY)
