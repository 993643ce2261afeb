"""How far a network looks, as its export's manifest says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.sizes import radius_of

FREE = {"source": {2: "height", 3: "width"}}


def spec(*layers: nn.Module, scale: int = 1, free: bool = True) -> ExportSpec:
    source = {"source": torch.zeros(2, 1, 16, 16)}
    return ExportSpec("", nn.Sequential(*layers).eval(), source, free_axes=FREE if free else {}, scale=scale)


def convolution(kernel: int, made: int = 1, inputs: int = 1, **named: int) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(inputs, made, kernel, padding=kernel // 2, **named)


@pytest.mark.parametrize(
    ("layers", "scale", "radius"),
    [
        ((convolution(1),), 1, 0),
        ((convolution(3), convolution(5)), 1, 3),
        ((convolution(3), convolution(9, 4), nn.PixelShuffle(2)), 2, 5),
        ((nn.PixelShuffle(1), nn.Upsample(scale_factor=2), convolution(3)), 2, 1),
        ((convolution(3), nn.InstanceNorm2d(1)), 1, None),  # every pixel is in its mean
        ((convolution(67),), 1, None),
    ],
)
def test_the_radius_is_that_of_the_convolutions(layers: list[nn.Module], scale: int, radius: int | None) -> None:
    assert radius_of(spec(*layers, scale=scale), 1) == radius


def test_networks_of_one_size_have_no_radius() -> None:
    assert radius_of(spec(convolution(3), free=False), 1) is None
