"""Convolutions along three axes: the paper's layers, other shapes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.engine.architectures.gan3d import ARCHITECTURE, Gan3dOptions
from ganstudio.engine.contract import Condition, DataShape


def test_at_64_voxels_the_layers_are_those_of_the_paper() -> None:
    """Wu et al. 2016, appendix A: 512, 256, 128 and 64 channels from 4 to 32 voxels, kernels of 4, steps of 2."""
    options, shape = Gan3dOptions(z_dim=200, channels=64), DataShape(1, (64, 64, 64))
    with torch.device("meta"):
        generator, critic = ARCHITECTURE.generator(options, shape), ARCHITECTURE.critic(options, shape)
    kinds = nn.Conv3d | nn.ConvTranspose3d
    up, down = ([m for m in net.modules() if isinstance(m, kinds)] for net in (generator, critic))
    assert [(m.in_channels, m.out_channels) for m in up] == [(512, 256), (256, 128), (128, 64), (64, 1)]
    assert [(m.in_channels, m.out_channels) for m in down] == [(1, 64), (64, 128), (128, 256), (256, 512)]
    assert {(m.kernel_size, m.stride) for m in (*up, *down)} == {((4, 4, 4), (2, 2, 2))}
    assert generator.net[0].out_features == 512 * 4**3


@pytest.mark.parametrize("size", [(16, 16, 16), (8, 16, 24), (28, 28, 28)])
@pytest.mark.parametrize("channels", [1, 4])
def test_grids_of_any_sides_that_halve_are_drawn_and_judged(size: tuple[int, ...], channels: int) -> None:
    options, shape = Gan3dOptions(z_dim=5, channels=4), DataShape(channels, size)
    assert list(ARCHITECTURE.check(options, shape)) == []
    grids = ARCHITECTURE.generator(options, shape)(torch.randn(2, 5))
    assert grids.shape == (2, channels, *size)
    assert ARCHITECTURE.critic(options, shape)(grids, Condition()).logits.shape == (2, 1)


@pytest.mark.parametrize("size", [(16, 16, 18), (256, 256, 256), (17, 17, 17)])
def test_grids_that_do_not_halve_are_refused_with_the_nearest_side(size: tuple[int, ...]) -> None:
    (problem,) = ARCHITECTURE.check(Gan3dOptions(), DataShape(1, size))
    assert problem.startswith("data.resolution: gan3d halves all three sides")
    assert f"Nearest: {({18: 16, 256: 128, 17: 16})[max(size)]}." in problem
