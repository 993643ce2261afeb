"""Witness 2: two generators, two critics, an image pool and cycle losses."""

from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options


class Generator(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(shape.channels, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, shape.channels, 3, padding=1), nn.Tanh()
        )

    def forward(self, images):
        return self.net(images)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.fine = nn.Conv2d(shape.channels, 8, 4, 2, 1)
        self.heads = nn.ModuleList([nn.Conv2d(8, 1, 3), nn.Conv2d(8, 1, 3, stride=2)])

    def forward(self, images, condition):
        features = self.fine(images).relu()
        return CriticOutput(tuple(head(features) for head in self.heads))


ARCHITECTURE = Architecture(
    summary="a toy that translates",
    recipe={
        "task": "unpaired",
        "data": {"resolution": 16},
        "objective": {"kind": "least_squares"},
        "training": {"batch": 4, "kimg": 0.128, "precision": "fp32"},
    },
    options=Options,
    generator=Generator,
    critic=Critic,
)
