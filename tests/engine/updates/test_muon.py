"""Muon against torch's own on matrices, against Adam on the rest, and its orthogonal matrices against an SVD."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.engine.updates.muon import Muon, orthogonal

GRADIENTS = 4


def moved(kind: type[torch.optim.Optimizer], start: torch.Tensor, **settings: object) -> torch.Tensor:
    """Where some seeded gradients lead from `start`."""
    weight, draw = nn.Parameter(start.clone()), torch.Generator().manual_seed(1)
    optimizer = kind([weight], **settings)  # type: ignore[arg-type]
    for _ in range(GRADIENTS):
        weight.grad = torch.randn(start.shape, generator=draw)
        optimizer.step()
    return weight.detach()


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (5, 5)])
def test_singular_values_come_near_1_and_directions_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    turned = u.T @ orthogonal(1e3 * matrix) @ v.T
    values = turned.diagonal()
    assert turned.sub(torch.diag(values)).abs().max() < 1e-4
    assert values.min() > 0.4  # a square matrix may have a small one
    assert values.max() < 1.3


@pytest.mark.parametrize("shape", [(8, 32), (32, 8)])
def test_a_matrix_moves_as_torch_s_own_moves_it(shape: tuple[int, int]) -> None:
    start = torch.zeros(shape)
    ours = moved(Muon, start, lr=0.1, betas=(0.9, 0.999))
    theirs = moved(torch.optim.Muon, start, lr=0.1, momentum=0.9, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    assert (ours - theirs).norm() < 0.02 * theirs.norm()  # theirs is reckoned in bfloat16


def test_a_convolution_moves_as_the_matrix_of_its_outputs() -> None:
    start = torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    matrix = moved(Muon, start.flatten(1), lr=0.1)
    assert torch.allclose(moved(Muon, start, lr=0.1).flatten(1), matrix)


def test_a_bias_moves_as_adam_moves_it() -> None:
    start = torch.ones(7)
    ours = moved(Muon, start, lr=0.1, betas=(0.9, 0.99))
    assert torch.allclose(ours, moved(torch.optim.Adam, start, lr=0.1, betas=(0.9, 0.99)), atol=1e-6)


def test_what_has_no_gradient_stays() -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    Muon([weight], lr=1.0).step()
    assert torch.equal(weight, torch.ones(2, 2))
