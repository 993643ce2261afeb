"""Two domains translated into each other without pairs: CycleGAN, Zhu et al. 2017 (arXiv:1703.10593).

The data set has two classes; the first is domain A, the second B. Critics see fakes through a pool of earlier ones
(Shrivastava et al. 2017, arXiv:1612.07828, section 2.3). The pool here has its slots a row of the batch, so that
micro-batches and processes that own some of the rows own their history too; at batch 1 it is the published one.
"""

from __future__ import annotations

from typing import Any

import torch
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
    Stage,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.translator import Translator, blank, free_sides
from ganstudio.engine.terms.losses.cycle import CycleLoss, Domain, IdentityLoss
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import UnpairedTask

DOMAINS: tuple[Domain, Domain] = ("a", "b")


class Unpaired(Translator):
    needs = DataContract(labels="two domains")
    targets = (0, 1)
    shows = ("{0}", "as {1}", "{1}", "as {0}")

    def __init__(self, knobs: UnpairedTask | None = None) -> None:
        self.knobs = knobs or UnpairedTask()

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        self.shape = shape
        return Nets(
            {name: architecture.generator(options, shape) for name in ("a_to_b", "b_to_a")},
            {name: architecture.critic(options, shape) for name in ("a", "b")},
            staged=architecture.staged,
        )

    def state(self, nets: Nets, batch: int) -> dict[str, Tensor]:
        if not self.knobs.pool:
            return {}
        depth = max(self.knobs.pool // batch, 1)
        image = (self.shape.channels, *self.shape.size)
        pools = {f"pool_{d}": torch.zeros(batch, depth, *image) for d in ("a", "b")}
        return pools | {f"filled_{d}": torch.zeros(batch, dtype=torch.int64) for d in ("a", "b")}

    def pairs(self, context: StepContext) -> list[Pair]:
        nets, batch, stage = context.nets, context.batch, context.nets.stage(context.stage)
        with torch.set_grad_enabled(context.differentiable_fakes):
            b = nets.generators["a_to_b"](batch.images, **stage).float()
            a = nets.generators["b_to_a"](batch.domains[0], **stage).float()
        if context.side == "d" and context.state:
            a, b = (_from_pool(fakes, name, context.state, context.draw) for fakes, name in ((a, "a"), (b, "b")))
        return [Pair("a", a, batch.images), Pair("b", b, batch.domains[0])]

    def terms(self, recipe: Recipe) -> list[Term]:
        knobs: Any = recipe.task
        cycles = [CycleLoss(domain, knobs.cycle) for domain in DOMAINS]
        return [*cycles, *(IdentityLoss(domain, knobs.identity) for domain in DOMAINS)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        return self.translate(nets, stage, batch.images, 1)

    def translate(self, nets: Nets, stage: Stage, images: Tensor, target: int) -> Tensor:
        return nets.ema["a_to_b" if target else "b_to_a"](images, **nets.stage(stage))

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        a, b = batch.images, batch.domains[0]
        return a, self.translate(nets, stage, a, 1), b, self.translate(nets, stage, b, 0)

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        source = {"source": blank(nets.ema["a_to_b"], self.shape.channels, self.shape.size)}
        return [
            ExportSpec(name, nets.ema[name], source, free_sides(nets.ema[name], "source"), domains=domains)
            for name, domains in (("a_to_b", (0, 1)), ("b_to_a", (1, 0)))
        ]


def _from_pool(fakes: Tensor, domain: str, state: dict[str, Tensor], draw: Draw) -> Tensor:
    """Each row's new fake, or with chance 1/2, once its pool is full, an earlier one whose place the new one takes."""
    pool, filled = state[f"pool_{domain}"][draw.rows], state[f"filled_{domain}"][draw.rows]
    depth = pool.shape[1]
    full = filled >= depth
    swap = full & (draw.uniform(f"pool_{domain}/swap") < 0.5)
    place = torch.where(full, draw.integers(f"pool_{domain}/place", depth), filled.clamp(max=depth - 1))
    rows = torch.arange(len(fakes), device=fakes.device)
    earlier = pool[rows, place]
    shown = torch.where(swap[:, None, None, None], earlier, fakes)
    keeps = (swap | ~full)[:, None, None, None]
    pool[rows, place] = torch.where(keeps, fakes, earlier)
    filled.copy_((filled + 1).clamp(max=depth))
    return shown
