"""Witness 8: a critic that sees through a pretrained network which nothing may move, as in Projected GANs.

Sauer et al. 2021, arXiv:2111.01007, section 3: one small critic on each of the features' scales.
"""

import torch
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Frozen, Options


class Sized(Options):
    z_dim: int = 8


class Generator(nn.Module):
    conditional = False

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.net = nn.Sequential(
            nn.ConvTranspose2d(options.z_dim, 8, (shape.size[0] // 2, shape.size[1] // 2)),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(8, shape.channels, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, z, labels):
        return self.net(z[:, :, None, None])


class Features(nn.Module):
    """Stands for a network that was trained before; its batch norm and dropout show whether it is ever in training."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(channels, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5))
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        stored = torch.Generator().manual_seed(0)
        for parameter in self.parameters():
            nn.init.normal_(parameter, 0.0, 0.3, generator=stored)

    def forward(self, images):
        first = self.first(images)
        return first, self.second(first)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.features = Frozen(Features(shape.channels))
        self.heads = nn.ModuleList([nn.Conv2d(8, 1, 1), nn.Conv2d(8, 1, 1)])

    def forward(self, images, condition):
        features = self.features(images)
        return CriticOutput(tuple(head(seen) for head, seen in zip(self.heads, features, strict=True)), features)


ARCHITECTURE = Architecture(
    summary="a toy with borrowed eyes",
    recipe={
        "data": {"resolution": 8},
        "objective": {"kind": "hinge"},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
)
