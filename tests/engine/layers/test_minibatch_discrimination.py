"""Minibatch discrimination against section 3.2 of Salimans et al., pair by pair."""

from __future__ import annotations

import math

import torch

from ganstudio.engine.layers.minibatch_discrimination import MinibatchDiscrimination


def test_each_kernel_answers_the_sum_over_the_batch_of_exp_of_minus_the_l1_distance() -> None:
    torch.manual_seed(0)
    net, x = MinibatchDiscrimination(2, (1, 3), kernels=4, dims=3), torch.randn(5, 2, 1, 3)
    points = [(net.matrix @ one.flatten()).view(4, 3) for one in x]
    answer = net(x)
    assert answer.shape == (5, 6, 1, 3)
    assert torch.equal(answer[:, :2], x)
    for i in range(5):
        for b in range(4):
            close = sum(math.exp(-(points[i][b] - points[j][b]).abs().sum().item()) for j in range(5))
            torch.testing.assert_close(answer[i, 2 + b], torch.full((1, 3), close))


def test_a_collapsed_batch_is_seen() -> None:
    net = MinibatchDiscrimination(2, (2, 2))
    same = torch.randn(1, 2, 2, 2).expand(4, -1, -1, -1)
    assert torch.equal(net(same)[:, 2:], torch.full((4, 50, 2, 2), 4.0))
    assert net(100 * torch.randn(4, 2, 2, 2))[:, 2:].mean() < 1.5  # each is alone with itself
