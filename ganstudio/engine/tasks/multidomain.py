"""Images of every class translated into every other by one generator: StarGAN, Choi et al. 2018 (arXiv:1711.09020).

The generator is told the class that it is to make; the critic has a head that tells classes (eq. 2 and 3), and what is
translated there and back is to be what it was (eq. 4).
"""

from __future__ import annotations

import torch
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
from ganstudio.engine.tasks.translator import Translator, blank, free_sides
from ganstudio.engine.terms.losses.classification import ClassLoss
from ganstudio.engine.terms.losses.cycle import ThereAndBack
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import MultidomainTask

MOST_SHOWN = 7  # domains in a row of previews, beside the input


class Multidomain(Translator):
    needs = DataContract(labels="domains")

    def __init__(self, knobs: MultidomainTask) -> None:
        self.knobs = knobs

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        self.targets = shape.present
        self.shows = ("input", *(f"as {{{k}}}" for k in self.targets[:MOST_SHOWN]))
        return super().build(architecture, options, shape)

    def pairs(self, context: StepContext) -> list[Pair]:
        batch = context.batch
        target = context.draw.classes("target", self.shape.class_counts)
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = context.nets.generators["generator"](batch.images, target).float()
        return [Pair("critic", fake, batch.images, Condition(target), Condition(batch.labels))]

    def terms(self, recipe: Recipe) -> list[Term]:
        assert isinstance(recipe.task, MultidomainTask)
        weight = recipe.task.class_weight
        return [ClassLoss("d", weight, on_real=True), ClassLoss("g", weight), ThereAndBack(recipe.task.reconstruction)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        """The images of `batch`, each in a class that is drawn for it."""
        return nets.ema["generator"](batch.images, draw.classes("target", self.shape.class_counts))

    def translate(self, nets: Nets, stage: Stage, images: Tensor, target: int) -> Tensor:
        wanted = torch.full((len(images),), target, dtype=torch.int64, device=images.device)
        return nets.ema["generator"](images, wanted)

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        shown = self.targets[:MOST_SHOWN]
        return batch.images, *(self.translate(nets, stage, batch.images, target) for target in shown)

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net = nets.ema["generator"]
        source = blank(net, self.shape.channels, self.shape.size)
        labels = torch.zeros(2, dtype=torch.int64, device=source.device)
        return [ExportSpec("", net, {"source": source, "labels": labels}, free_axes=free_sides(net, "source"))]
