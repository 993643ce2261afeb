"""Witness 11: images with alpha, 24 high and 40 wide, on networks that grow."""

import torch.nn.functional as F
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options

WIDTH = 8


class Grown(Options):
    z_dim: int = 8


class Generator(nn.Module):
    conditional = False

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.small = (WIDTH, shape.size[0] // 2, shape.size[1] // 2)
        self.start = nn.Linear(options.z_dim, WIDTH * self.small[1] * self.small[2])
        self.layer = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.to_image = nn.ModuleList([nn.Conv2d(WIDTH, shape.channels, 1) for _ in range(2)])

    def forward(self, z, labels, stage):
        x = F.leaky_relu(self.start(z).view(-1, *self.small), 0.2)
        image = self.to_image[0](x)
        if stage.halvings == 0:
            x = F.leaky_relu(self.layer(F.interpolate(x, scale_factor=2)), 0.2)
            image = F.interpolate(image, scale_factor=2).lerp(self.to_image[1](x), stage.alpha)
        return image.tanh()


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.from_image = nn.ModuleList([nn.Conv2d(shape.channels, WIDTH, 1) for _ in range(2)])
        self.layer = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.head = nn.Linear(WIDTH * (shape.size[0] // 2) * (shape.size[1] // 2), 1)

    def forward(self, images, condition, stage):
        if stage.halvings == 0:
            x = F.avg_pool2d(F.leaky_relu(self.layer(self.from_image[1](images)), 0.2), 2)
            x = self.from_image[0](F.avg_pool2d(images, 2)).lerp(x, stage.alpha)
        else:
            x = self.from_image[0](images)
        return CriticOutput(self.head(F.leaky_relu(x, 0.2).flatten(1)))


ARCHITECTURE = Architecture(
    summary="a toy that grows tall pictures with alpha",
    recipe={
        "data": {"resolution": [24, 40]},
        "growth": {"start": 12, "until": 0.5},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Grown,
    generator=Generator,
    critic=Critic,
    staged=True,
    channels=(4,),
    rectangles=True,
)
