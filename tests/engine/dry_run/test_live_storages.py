"""Storages are counted once, while they live, and arithmetic as it is asked for."""

from __future__ import annotations

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ganstudio.engine.dry_run.live_storages import LiveStorages

KB = 1000


def test_views_and_changes_in_place_hold_nothing_of_their_own_and_what_is_let_go_is_free() -> None:
    with LiveStorages() as live:
        first = torch.zeros(10, 25)
        first.view(250).add_(1.0)
        second = first * 2
        assert live.held_bytes == 2 * KB
        del first
        assert live.held_bytes == KB
        del second
    assert (live.held_bytes, live.peak_bytes) == (0, 2 * KB)


def test_what_a_graph_keeps_for_its_backward_pass_is_held() -> None:
    with LiveStorages() as live:
        x = torch.zeros(250, requires_grad=True)
        end = (x.exp() * 3.0).sum()  # exp keeps its result
        assert live.held_bytes == 2 * KB + 4
        end.backward()
        assert live.held_bytes == 2 * KB + 4  # x, its gradient and the sum


def test_a_matrix_product_counts_two_operations_a_multiplication() -> None:
    with FakeTensorMode(), LiveStorages() as live:
        torch.zeros(2, 3) @ torch.zeros(3, 5)
    assert live.flops == 2 * 2 * 3 * 5


def test_a_fake_result_whose_size_depends_on_values_is_the_largest() -> None:
    with FakeTensorMode(), LiveStorages():
        assert torch.zeros(7).nonzero().shape == (7, 1)
    with LiveStorages():
        assert torch.tensor([0.0, 1.0]).nonzero().shape == (1, 1)
