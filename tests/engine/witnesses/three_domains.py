"""Witness 9: one translator of three domains, whose fakes are judged as another class than their sources.

StarGAN, Choi et al. 2017, arXiv:1711.09020, equations 2 to 4. The critic knows the class (as in projection critics), so
that each image must be judged under its own.
"""

import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.engine.contract import (
    Architecture,
    Condition,
    CriticOutput,
    DataContract,
    ExportSpec,
    Nets,
    Options,
    Pair,
)
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.terms.term import TermBase, TermResult


class Generator(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.first, self.last = nn.Conv2d(shape.channels, 8, 3, padding=1), nn.Conv2d(8, shape.channels, 3, padding=1)
        self.domain = nn.Embedding(shape.classes, 8)

    def forward(self, images, labels):
        return self.last((self.first(images) + self.domain(labels)[:, :, None, None]).relu()).tanh()


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.body = nn.Conv2d(shape.channels, 8, 4, 2, 1)
        self.head, self.classes = nn.Linear(8, 1), nn.Linear(8, shape.classes)
        self.domain = nn.Embedding(shape.classes, 8)

    def forward(self, images, condition):
        features = F.leaky_relu(self.body(images), 0.2).mean((2, 3))
        logits = self.head(features) + (features * self.domain(condition.labels)).sum(1, keepdim=True)
        return CriticOutput(logits, heads={"classes": self.classes(features)})


class RealClasses(TermBase):
    """The critic learns the classes of real images, [N]: equation 2."""

    name, side = "class_real", "d"
    needs = frozenset({"critic", "real"})

    def __call__(self, context, pairs):
        (judged,) = pairs
        labels = judged.pair.real_condition.labels
        return TermResult(F.cross_entropy(judged.real.heads["classes"].float(), labels, reduction="none"))


class FakeClasses(TermBase):
    """The generator makes images of the class that it was asked for, [N]: equation 3."""

    name, side = "class_fake", "g"

    def __call__(self, context, pairs):
        (judged,) = pairs
        labels = judged.pair.condition.labels
        return TermResult(F.cross_entropy(judged.fake.heads["classes"].float(), labels, reduction="none"))


class Reconstruction(TermBase):
    """There and back is where it began, [N]: equation 4, its weight from section 4."""

    name, side = "reconstruction", "g"
    weight = 10.0
    needs = frozenset()

    def __call__(self, context, pairs):
        (judged,) = pairs
        back = context.nets.generators["generator"](judged.pair.fake, judged.pair.real_condition.labels)
        return TermResult((back.float() - context.batch.images).abs().flatten(1).mean(1))


class Domains(TaskBase):
    """Each class is a domain; an image is translated to a domain that is drawn for it."""

    needs = DataContract(labels="required")

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
        batch = context.batch
        target = context.draw.classes("target", self.shape.class_counts)
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = context.nets.generators["generator"](batch.images, target)
        return [Pair("critic", fake, batch.images, Condition(target), Condition(batch.labels))]

    def terms(self, recipe):
        return [RealClasses(), FakeClasses(), Reconstruction()]

    def generate(self, nets, draw, stage, labels, batch):
        target = draw.classes("target", self.shape.class_counts) if labels is None else labels
        return nets.ema["generator"](batch.images, target)

    def exports(self, nets, stage):
        source = torch.zeros(2, self.shape.channels, *self.shape.size)
        labels = torch.zeros(2, dtype=torch.int64)
        return [ExportSpec("", nets.ema["generator"], {"source": source, "labels": labels})]


ARCHITECTURE = Architecture(
    summary="a toy that translates between three domains",
    recipe={
        "data": {"resolution": 8},
        "objective": {"kind": "wasserstein"},
        "regularizers": [{"kind": "gradient_penalty"}],
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Options,
    generator=Generator,
    critic=Critic,
    task=lambda recipe: Domains(),
)
