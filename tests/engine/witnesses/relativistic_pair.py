"""Witness 4: a relativistic pair, whose generator's side needs real images, with R1 and R2."""

from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options


class Sized(Options):
    z_dim: int = 8


class Generator(nn.Module):
    conditional = False

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.net = nn.Sequential(
            nn.ConvTranspose2d(options.z_dim, 8, shape.resolution // 2),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(8, shape.channels, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, z, labels):
        return self.net(z[:, :, None, None])


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        side = shape.resolution // 2
        self.net = nn.Sequential(
            nn.Conv2d(shape.channels, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(8 * side**2, 1)
        )

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    summary="a toy that compares",
    recipe={
        "data": {"resolution": 16},
        "objective": {"kind": "relativistic"},
        "regularizers": [{"kind": "r1", "gamma": 1.0}, {"kind": "r2", "gamma": 1.0}],
        "augmentation": {"p": {"kind": "ramp", "start": 0.0, "end": 0.5, "kimg": 0.1}},
        "training": {"batch": 8, "kimg": 0.128, "critic_steps": 2, "precision": "fp32"},
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
)
