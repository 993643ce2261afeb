"""Two perceptrons, after Goodfellow et al. 2014 (arXiv:1406.2661, section 5).

The generator is z -> 256 -> 512 -> pixels, the critic pixels -> 512 -> 256 -> 1.
"""

from __future__ import annotations

import math

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options


class MlpOptions(Options):
    z_dim: PositiveInt = Field(default=100, description="length of the noise that an image is made from")


class Generator(nn.Module):
    conditional = False

    def __init__(self, options: MlpOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim = options.z_dim
        self.image = (shape.channels, *shape.size)
        self.net = nn.Sequential(
            nn.Linear(options.z_dim, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, math.prod(self.image)),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.net(z).unflatten(1, self.image)


class Critic(nn.Module):
    def __init__(self, _options: MlpOptions, shape: DataShape) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(shape.channels * math.prod(shape.size), 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 1),
        )

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    summary="Perceptrons: three linear layers a side. Any size, grey, RGB or RGBA, clips and voxel grids too.",
    recipe={"objective": {"kind": "non_saturating"}, "training": {"ema_kimg": 50}},
    options=MlpOptions,
    generator=Generator,
    critic=Critic,
    volumes=True,
    channels=(1, 3, 4),
    rectangles=True,
)
