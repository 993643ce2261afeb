"""Witness 6: a head over the generator's features, learnt with it and never exported, and a term of weights alone.

One way of CUT, contrastive unpaired translation: Park et al. 2020, arXiv:2007.15651, equation 3. Orthogonal weights are
Brock et al. 2018, arXiv:1809.11096, equation 3.
"""

import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.engine.contract import (
    Architecture,
    CriticOutput,
    DataContract,
    ExportSpec,
    Nets,
    Options,
    Pair,
)
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.terms.term import TermBase, TermResult

WIDTH = 8
TEMPERATURE = 0.2


class Generator(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.down = nn.Conv2d(shape.channels, WIDTH, 4, 2, 1)
        self.up = nn.ConvTranspose2d(WIDTH, shape.channels, 4, 2, 1)

    def encode(self, images):
        return self.down(images).relu()

    def forward(self, images):
        return self.up(self.encode(images)).tanh()


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(shape.channels, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(WIDTH, 1, 3))

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


class Contrastive(TermBase):
    """A place of the output is told from the other places of its own image by the input there, [N]."""

    name, side, scope = "contrastive", "g", "batch"
    needs = frozenset()

    def networks(self, nets, shape):
        return {"head": nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))}

    def __call__(self, context, pairs):
        encode, head = context.nets.generators["generator"].encode, context.nets.extras["g"]["head"]
        made, given = (self._places(head, encode(i)) for i in (pairs[0].pair.fake, context.batch.images))
        likeness = made @ given.transpose(1, 2) / TEMPERATURE
        there = torch.arange(likeness.shape[1], device=likeness.device).expand(len(likeness), -1)
        value = F.cross_entropy(likeness.transpose(1, 2), there, reduction="none").mean(1)
        return TermResult(value, {"hits": (likeness.argmax(2) == there).float().mean()})

    @staticmethod
    def _places(head, features):
        return F.normalize(head(features.flatten(2).transpose(1, 2)), dim=2)


class Orthogonal(TermBase):
    """How far the rows of the generator's first weights are from being orthogonal, a scalar."""

    name, side, scope = "orthogonal", "g", "update"
    weight = 0.01
    needs = frozenset()

    def __call__(self, context, pairs):
        rows = context.nets.generators["generator"].down.weight.flatten(1)
        products = rows @ rows.T
        return TermResult((products - products.diag().diag()).square().sum())


class OneWay(TaskBase):
    """Domain A into domain B, and no way back."""

    needs = DataContract(labels="two domains")
    shows = ("input", "output")

    def build(self, architecture, options, shape):
        self.shape = shape
        return Nets(
            {"generator": architecture.generator(options, shape)}, {"critic": architecture.critic(options, shape)}
        )

    def state(self, nets, batch):
        return {}

    def reads(self, side):
        return True

    def pairs(self, context):
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = context.nets.generators["generator"](context.batch.images)
        return [Pair("critic", fake, context.batch.domains[0])]

    def terms(self, recipe):
        return [Contrastive(), Orthogonal()]

    def generate(self, nets, draw, stage, labels, batch):
        return nets.ema["generator"](batch.images)

    def preview(self, nets, draw, stage, labels, batch):
        return batch.images, self.generate(nets, draw, stage, labels, batch)

    def exports(self, nets, stage):
        source = torch.zeros(2, self.shape.channels, *self.shape.size)
        return [ExportSpec("", nets.ema["generator"], {"source": source})]


ARCHITECTURE = Architecture(
    summary="a toy that translates by contrast",
    recipe={
        "data": {"resolution": 8},
        "objective": {"kind": "least_squares"},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Options,
    generator=Generator,
    critic=Critic,
    task=lambda recipe: OneWay(),
)
