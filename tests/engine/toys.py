"""Toy networks whose updates can be worked by hand: D(x) = w . x + b, G(z) = image + A z, and two shifts."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Architecture, CriticOutput, Options, Side
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.made_up_data import data_for
from ganstudio.engine.session import Session
from ganstudio.engine.step import update
from ganstudio.engine.updates.report import UpdateReport
from ganstudio.recipe.load import resolve
from tests.engine.conftest import WITNESSES

BATCH = 8
WITNESS = {file.stem: architectures.load_file(file) for file in WITNESSES}


class Generator(nn.Module):
    z_dim, conditional = 4, False

    def __init__(self, options, shape):
        super().__init__()
        self.image = nn.Parameter(0.1 * torch.randn(shape.channels, *shape.size))
        self.mix = nn.Parameter(0.1 * torch.randn(self.z_dim, self.image.numel()))

    def forward(self, z, labels=None):
        return self.image + (z @ self.mix).view(-1, *self.image.shape)


class NormalizedGenerator(Generator):
    """Its z goes through a layer with spectral norm."""

    def __init__(self, options, shape):
        super().__init__(options, shape)
        self.dense = spectral_norm(nn.Linear(self.z_dim, self.z_dim))

    def forward(self, z, labels=None):
        return super().forward(self.dense(z))


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.w = nn.Parameter(0.1 * torch.randn(shape.channels, *shape.size))
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, images, condition):
        return CriticOutput((images * self.w).flatten(1).sum(1, keepdim=True) + self.b)


class Shift(nn.Module):
    """Translates images by making them brighter."""

    def __init__(self, options, shape):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(0.1))

    def forward(self, images):
        return images + self.by


TRAINING = {"batch": BATCH, "kimg": 1.0, "precision": "fp32"}
LINEAR = Architecture(
    summary="a linear pair",
    recipe={"data": {"resolution": 8}, "objective": {"kind": "wasserstein"}, "training": TRAINING},
    options=Options,
    generator=Generator,
    critic=Critic,
)
SHIFTS = Architecture(
    summary="two shifts",
    recipe={**LINEAR.recipe, "task": "unpaired"},
    options=Options,
    generator=Shift,
    critic=Critic,
)
STILL = ("discriminator_optimizer.lr=0", "generator_optimizer.lr=0")


def session(
    folder: Path, architecture: Architecture, *settings: str, compute: Compute = CPU, world: World | None = None
) -> Session:
    recipe = resolve({**architecture.recipe, "architecture": {"id": "toy"}}, settings, "test")
    return Session(recipe, architecture, data_for(architecture, recipe, folder), 0, compute, world or World())


def seen(session: Session, side: Side, critic: str = "critic") -> tuple[UpdateReport, list[Tensor]]:
    """What an update reports, and the images that each call of the critic was given."""
    calls: list[Tensor] = []
    hook = session.nets.critics[critic].register_forward_pre_hook(
        lambda _net, inputs: calls.append(inputs[0].detach().clone())
    )
    report = update(session, side)
    hook.remove()
    return report, calls


def one_side(session: Session, side: Side) -> dict[str, Any]:
    """Everything of a side that an update of it moves."""
    nets = {name: net.state_dict() for name, net in session.nets.side(side).items()}
    return copy.deepcopy({"nets": nets, "optimizer": session.optimizers[side].state_dict()})


def gradients(session: Session, side: Side) -> list[Tensor]:
    return [p.grad.clone() for net in session.nets.side(side).values() for p in net.parameters()]
