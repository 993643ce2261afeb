"""Witness 10: parts of images of twice the size of their source, any size once exported, pre-trained without a critic.

SRGAN, Ledig et al. 2016, arXiv:1609.04802, section 3.2: a generator that L1 has trained meets its critic later.
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
from ganstudio.engine.tasks.measure import Measure
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.terms.term import TermBase, TermResult


class Generator(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(shape.channels, 8, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8, 4 * shape.channels, 3, padding=1),
            nn.PixelShuffle(2),
        )

    def forward(self, source):
        return (self.net(source) + F.interpolate(source, scale_factor=2, mode="nearest")).clamp(-1, 1)


class Critic(nn.Module):
    """Sees the source beside the image, as in pix2pix."""

    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(2 * shape.channels, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3, padding=1)
        )

    def forward(self, images, condition):
        return CriticOutput(self.net(torch.cat([images, condition.images], 1)))


class Distance(TermBase):
    """How far the image is from the real one, mean of absolute values, [N]."""

    name, side = "l1", "g"
    needs = frozenset()

    def __call__(self, context, pairs):
        (judged,) = pairs
        return TermResult((judged.pair.fake.float() - judged.pair.real).abs().flatten(1).mean(1))


def psnr_db(made, batch):
    """Peak signal-to-noise ratio of images in [-1, 1], [N]."""
    return -10 * ((made - batch.images).square().flatten(1).mean(1) / 4).clamp_min(1e-10).log10()


class SuperResolution(TaskBase):
    """Real images and what is left of them at half their size."""

    needs = DataContract()
    shows = ("input", "output", "target")
    measures = (Measure("psnr", "higher", best=True, compare=psnr_db),)

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
        real = context.batch.images
        source = F.avg_pool2d(real, 2)
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = context.nets.generators["generator"](source)
        beside = F.interpolate(source, scale_factor=2, mode="nearest")
        return [Pair("critic", fake, real, Condition(images=beside))]

    def terms(self, recipe):
        return [Distance()]

    def generate(self, nets, draw, stage, labels, batch):
        return nets.ema["generator"](F.avg_pool2d(batch.images, 2))

    def preview(self, nets, draw, stage, labels, batch):
        source = F.interpolate(F.avg_pool2d(batch.images, 2), scale_factor=2, mode="nearest")
        return source, self.generate(nets, draw, stage, labels, batch), batch.images

    def exports(self, nets, stage):
        source = torch.zeros(2, self.shape.channels, *(side // 2 for side in self.shape.size))
        free = {"source": {2: "height", 3: "width"}}
        return [ExportSpec("", nets.ema["generator"], {"source": source}, free_axes=free)]


ARCHITECTURE = Architecture(
    summary="a toy that doubles the size",
    recipe={
        "data": {"resolution": 16, "crop": 8},
        "objective": {"kind": "least_squares", "weight": {"points": [[0.0, 0.0], [0.015, 0.0], [0.016, 1.0]]}},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Options,
    generator=Generator,
    critic=Critic,
    task=lambda recipe: SuperResolution(),
)
