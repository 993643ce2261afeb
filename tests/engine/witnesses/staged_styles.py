"""Witness 1: a generator with styles that grows, under path length and adaptive augmentation."""

import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options, StyleGenerator

WIDTH = 8


class Grown(Options):
    z_dim: int = 8


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.style = nn.Linear(WIDTH, WIDTH)
        self.convolution = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.strength = nn.Parameter(torch.full((), 0.1))

    def forward(self, x, w, noise):
        x = self.convolution(x * (1 + self.style(w))[:, :, None, None])
        return F.leaky_relu(x + self.strength * noise, 0.2)


class Generator(StyleGenerator):
    ws_shape = (2, WIDTH)
    noise_shapes = ((1, 8, 8), (1, 16, 16))

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim = options.z_dim
        self.map = nn.Sequential(nn.Linear(options.z_dim, WIDTH), nn.LeakyReLU(0.2))
        self.start = nn.Parameter(torch.randn(1, WIDTH, 8, 8))
        self.layers = nn.ModuleList([Layer(), Layer()])
        self.to_image = nn.ModuleList([nn.Conv2d(WIDTH, shape.channels, 1) for _ in range(2)])

    def mapping(self, z, labels):
        return self.map(z)[:, None].expand(-1, *self.ws_shape)

    def synthesis(self, ws, noise, stage):
        x = self.layers[0](self.start.expand(ws.shape[0], -1, -1, -1), ws[:, 0], noise[0])
        image = self.to_image[0](x)
        if stage.halvings == 0:
            x = self.layers[1](F.interpolate(x, scale_factor=2), ws[:, 1], noise[1])
            image = F.interpolate(image, scale_factor=2).lerp(self.to_image[1](x), stage.alpha)
        return image.tanh()


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.from_image = nn.ModuleList([nn.Conv2d(shape.channels, WIDTH, 1) for _ in range(2)])
        self.layer = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.head = nn.Linear(WIDTH * 64, 1)

    def forward(self, images, condition, stage):
        if stage.halvings == 0:
            x = F.avg_pool2d(F.leaky_relu(self.layer(self.from_image[1](images)), 0.2), 2)
            x = self.from_image[0](F.avg_pool2d(images, 2)).lerp(x, stage.alpha)
        else:
            x = self.from_image[0](images)
        return CriticOutput(self.head(F.leaky_relu(x, 0.2).flatten(1)))


ARCHITECTURE = Architecture(
    summary="a toy that grows",
    recipe={
        "data": {"resolution": 16},
        "growth": {"start": 8, "until": 0.5},
        "regularizers": [{"kind": "path_length", "every": 2}, {"kind": "r1", "gamma": 1.0, "every": 2}],
        "augmentation": {"p": {"kind": "adaptive", "target": 0.1, "kimg": 0.2, "interval": 2}},
        "training": {"batch": 8, "kimg": 0.256, "precision": "fp32"},
    },
    options=Grown,
    generator=Generator,
    critic=Critic,
    staged=True,
)
