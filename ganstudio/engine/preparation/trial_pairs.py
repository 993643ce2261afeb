"""What the critics of a training are shown, tried out on two samples before it begins."""

from __future__ import annotations

import torch

from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Nets, Pair, Stage, StepContext
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.task import Task
from ganstudio.recipe.schema import Recipe


@torch.no_grad()
def trial_pairs(nets: Nets, recipe: Recipe, task: Task, batches: Batches, stage: Stage) -> list[Pair]:
    """The pairs of two samples, made in eval mode. Nothing that is trained or drawn from changes."""
    draw = Draw(batches.seed, "preflight", 0, 2, slice(0, 2), batches.device)
    batch = batches.at("preflight", 0, draw, stage)
    state = {name: value.to(batches.device) for name, value in task.state(nets, 2).items()}
    context = StepContext(nets, batch, draw, stage, "d", 0, recipe.training.schedule_length, None, state)
    modes = [(net, net.training) for net in nets.generators.values()]
    try:
        for net, _ in modes:
            net.eval()
        return task.pairs(context)
    finally:
        for net, training in modes:
            net.train(training)
