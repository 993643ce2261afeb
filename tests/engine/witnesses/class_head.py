"""Witness 3: a critic with a class head, a labelled generator, feature matching."""

import torch
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options


class Sized(Options):
    z_dim: int = 8


class Generator(nn.Module):
    conditional = True

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.image = (shape.channels, *shape.size)
        self.embedding = nn.Embedding(shape.classes, 8)
        self.net = nn.Sequential(nn.Linear(options.z_dim + 8, 32), nn.ReLU(), nn.Linear(32, shape.resolution**2))

    def forward(self, z, labels):
        flat = self.net(torch.cat([z, self.embedding(labels)], 1)).tanh()
        return flat.view(-1, 1, *self.image[1:]).expand(-1, *self.image)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(shape.channels, 8, 4, 2, 1), nn.ReLU(), nn.Flatten())
        width = 8 * (shape.resolution // 2) ** 2
        self.head, self.classes = nn.Linear(width, 1), nn.Linear(width, shape.classes)

    def forward(self, images, condition):
        features = self.body(images)
        return CriticOutput(self.head(features), (features,), {"classes": self.classes(features)})


ARCHITECTURE = Architecture(
    summary="a toy that classifies",
    recipe={
        "data": {"resolution": 16, "mirror": True},
        "objective": {"kind": "non_saturating", "real_label": 0.9, "flip": 0.1},
        "regularizers": [{"kind": "feature_matching", "weight": 0.5}],
        "training": {"batch": 8, "kimg": 0.128, "precision": "fp32"},
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
)
