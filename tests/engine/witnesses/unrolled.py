"""Witness 12: the generator's side is judged by the critic as it will be two updates on.

Metz et al. 2016, arXiv:1611.02163, equations 4 to 6.
"""

from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options


class Sized(Options):
    z_dim: int = 4


class Generator(nn.Module):
    conditional = False

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.image = (shape.channels, *shape.size)
        self.net = nn.Linear(options.z_dim, shape.channels * shape.size[0] * shape.size[1])

    def forward(self, z, labels):
        return self.net(z).tanh().view(-1, *self.image)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        pixels = shape.channels * shape.size[0] * shape.size[1]
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    summary="a toy that looks ahead",
    recipe={
        "data": {"resolution": 8},
        "unrolling": {"steps": 2, "lr": 0.01},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
)
