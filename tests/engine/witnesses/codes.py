"""Witness 7: codes within z that a head of the critic reads back, its term on both sides.

InfoGAN, Chen et al. 2016, arXiv:1606.03657, equation 5: the first values of z are a code of three symbols, the next is
a number. The critic's side trains the head, the generator's side the generator.
"""

import torch.nn.functional as F
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options
from ganstudio.engine.tasks.synthesis import Synthesis
from ganstudio.engine.terms.term import TermBase, TermResult

SYMBOLS = 3


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
        self.body = nn.Sequential(nn.Conv2d(shape.channels, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten())
        width = 8 * (shape.size[0] // 2) * (shape.size[1] // 2)
        self.head, self.codes = nn.Linear(width, 1), nn.Linear(width, SYMBOLS + 1)

    def forward(self, images, condition):
        features = self.body(images)
        return CriticOutput(self.head(features), heads={"codes": self.codes(features)})


class Codes(TermBase):
    """How badly the head reads the codes of fakes: cross-entropy of the symbol and half the squared error, [N]."""

    name = "codes"

    def __init__(self, side):
        self.side = side

    def __call__(self, context, pairs):
        read, z = pairs[0].fake.heads["codes"].float(), pairs[0].pair.inputs["z"]
        symbol, number = z[:, :SYMBOLS].argmax(1), z[:, SYMBOLS]
        wrong = F.cross_entropy(read[:, :SYMBOLS], symbol, reduction="none")
        return TermResult(wrong + (read[:, SYMBOLS] - number).square() / 2)


class Coded(Synthesis):
    def terms(self, recipe):
        return [Codes("d"), Codes("g")]


ARCHITECTURE = Architecture(
    summary="a toy whose codes are read back",
    recipe={
        "data": {"resolution": 8},
        "training": {"batch": 8, "kimg": 0.032, "precision": "fp32"},
    },
    options=Sized,
    generator=Generator,
    critic=Critic,
    task=lambda recipe: Coded(),
)
