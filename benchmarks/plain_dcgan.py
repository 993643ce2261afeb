"""DCGAN without batch norm on either side, for sabotage.py: what it does at a high rate is known to fail."""

from __future__ import annotations

from torch import nn

from ganstudio.engine.architectures import dcgan
from ganstudio.engine.contract import Architecture, DataShape


class Generator(dcgan.Generator):
    def __init__(self, options: dcgan.DcganOptions, shape: DataShape) -> None:
        super().__init__(options, shape)
        self.net = nn.Sequential(*(layer for layer in self.net if not isinstance(layer, nn.BatchNorm2d)))


ARCHITECTURE = Architecture(
    summary="DCGAN without batch norm",
    recipe={
        "architecture": {"channels": 64, "critic_norm": "none"},
        "objective": {"kind": "non_saturating", "real_label": 0.9},
    },
    options=dcgan.DcganOptions,
    generator=Generator,
    critic=dcgan.Critic,
)
