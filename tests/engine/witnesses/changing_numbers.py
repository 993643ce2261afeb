"""Witness 5: every number that may change over a training does, each in a shape of its own."""

from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options


class Sized(Options):
    z_dim: int = 8


class Generator(nn.Module):
    conditional = False

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.image = (shape.channels, *shape.size)
        self.net = nn.Sequential(
            nn.Linear(options.z_dim, 16), nn.ReLU(), nn.Linear(16, shape.channels * shape.size[0] * shape.size[1])
        )

    def forward(self, z, labels):
        return self.net(z).tanh().view(-1, *self.image)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        pixels = shape.channels * shape.size[0] * shape.size[1]
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 16), nn.Softplus(), nn.Linear(16, 1))

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    summary="a toy whose numbers change",
    recipe={
        "data": {"resolution": 8},
        "generator_optimizer": {"lr": {"start": 1e-3, "end": 1e-4}},
        "discriminator_optimizer": {
            "lr": {"start": 1e-3, "end": 2e-4, "since": 0.25, "until": 0.75, "shape": "cosine"},
            "betas": [{"start": 0.0, "end": 0.5}, 0.99],
        },
        "objective": {"kind": "non_saturating", "weight": {"points": [[0.0, 0.5], [0.016, 1.0], [0.032, 0.25]]}},
        "regularizers": [{"kind": "r1", "gamma": {"start": 2.0, "end": 0.5, "until": 0.5, "shape": "step"}}],
        "augmentation": {"p": {"start": 0.0, "end": 0.4, "until": 0.5}},
        "training": {
            "batch": 8,
            "kimg": 0.032,
            "precision": "fp32",
            "ema_kimg": {"start": 0.01, "end": 0.05, "shape": "step", "until": 0.5, "warmup_kimg": 0.016},
        },
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
)
