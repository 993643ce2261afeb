"""How a training's networks are built, put on their device and given optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from ganstudio.engine.averages import exponential
from ganstudio.engine.contract import SIDES, Architecture, DataShape, Nets, Options
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World, synchronize_batchnorm
from ganstudio.engine.preparation.prepared_networks import draw_weights
from ganstudio.engine.tasks.task import Task
from ganstudio.engine.terms.build import build_terms
from ganstudio.engine.terms.term import DIFFERENTIATES_TWICE, Term
from ganstudio.engine.updates.muon import Muon
from ganstudio.errors import UsageError
from ganstudio.recipe.schema import Optimizer, Recipe


def build_networks(
    architecture: Architecture, options: Options, task: Task, shape: DataShape, recipe: Recipe
) -> tuple[Nets, list[Term]]:
    """The task's networks, the recipe's terms and, of every term, the modules that it learns.

    Raises UsageError where a module has the name of another network.
    """
    nets = task.build(architecture, options, shape)
    draw_weights(nets, recipe)
    terms = build_terms(recipe, task)
    for term in terms:
        term.require()
        for name, net in term.networks(nets, shape).items():
            if name in nets.side("d") | nets.side("g"):
                raise UsageError(f"two networks are called {name}: one that {term.name} learns must be renamed.")
            nets.extras[term.side][name] = net
    return nets, terms


def place_networks(nets: Nets, compute: Compute, world: World) -> Nets:
    """The networks on their device, and averaged copies of the generators beside them."""
    for kind in (nets.generators, nets.critics, *nets.extras.values()):
        placed = synchronize_batchnorm(map(compute.place, kind.values()), world, compute.device)
        kind.update(zip(kind, placed, strict=True))
    nets.ema = {name: exponential.averaged_copy(net) for name, net in nets.generators.items()}
    return nets


def compile_networks(nets: Nets, terms: Iterable[Term]) -> None:
    """Compiles the networks of each side that is not differentiated twice."""
    twice = {term.side for term in terms if term.needs & DIFFERENTIATES_TWICE}
    for net in [net for side in SIDES if side not in twice for net in nets.side(side).values()]:
        net.compile()


def build_optimizer(
    choice: Optimizer, parameters: list[nn.Parameter], rates: dict[str, Any], device: torch.device
) -> torch.optim.Optimizer:
    """One side's optimizer; `rates` are its learning rate and betas of now."""
    match choice.kind:
        case "adam":
            return torch.optim.Adam(parameters, fused=device.type in ("cpu", "cuda"), **rates)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, **rates)
        case "muon":
            return Muon(parameters, **rates)
