"""One domain translated into another by one generator, held to its input patch by patch: CUT, Park et al. 2020.

arXiv:2007.15651, eq. 6. The data set has two classes; images of the first become such of the second.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganstudio.engine.contract import (
    Batch,
    DataContract,
    ExportSpec,
    Nets,
    Pair,
    Stage,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.translator import Translator, blank, free_sides
from ganstudio.engine.terms.losses.contrast import PatchContrast, named_maps
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import ContrastiveTask


class Contrastive(Translator):
    needs = DataContract(labels="two domains")
    targets = (1,)
    shows = ("{0}", "as {1}")

    def __init__(self, knobs: ContrastiveTask) -> None:
        self.knobs = knobs

    def pairs(self, context: StepContext) -> list[Pair]:
        batch = context.batch
        net: Any = context.nets.generators["generator"]
        with torch.set_grad_enabled(context.differentiable_fakes):
            maps = net.encode(batch.images)
            fake = net.decode(maps).float()
        return [Pair("critic", fake, batch.domains[0], inputs=named_maps(maps))]

    def terms(self, recipe: Recipe) -> list[Term]:
        assert isinstance(recipe.task, ContrastiveTask)
        return [PatchContrast("output", recipe.task), PatchContrast("identity", recipe.task)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        return self.translate(nets, stage, batch.images, 1)

    def translate(self, nets: Nets, stage: Stage, images: Tensor, target: int) -> Tensor:
        return nets.ema["generator"](images)

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        return batch.images, self.generate(nets, draw, stage, labels, batch)

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net = nets.ema["generator"]
        source = {"source": blank(net, self.shape.channels, self.shape.size)}
        return [ExportSpec("", net, source, free_axes=free_sides(net, "source"), domains=(0, 1))]
