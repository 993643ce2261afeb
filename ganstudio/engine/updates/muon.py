"""Muon: the momentum of a weight's gradient, made orthogonal before it is subtracted (Jordan et al. 2024).

https://kellerjordan.github.io/posts/muon. Updates are as large as Adam's at the same learning rate: Liu et al. 2025
(arXiv:2502.16982, equation 4). A convolution's weight is a matrix of its outputs by all that is summed for each; what
is no matrix, such as a bias, is updated by Adam (arXiv:1412.6980, algorithm 1). torch's own Muon takes matrices alone.

It learns from fewer images than Adam, and costs more a step where weights are large and maps are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

# Jordan et al.'s: five steps bring singular values from 0.01 to 1 to between 0.7 and 1.2.
QUINTIC, STEPS = (3.4445, -4.7750, 2.0315), 5
ADAM_RMS = 0.2  # of Adam's updates at a learning rate of 1, as a rule
EPSILON = 1e-8


class Muon(torch.optim.Optimizer):
    """`betas` are of the momentum and, in Adam's part, of the squares."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float = 1e-3, betas: tuple[float, float] = (0.95, 0.999)
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:
        assert closure is None
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                move = self._matrix_move if weight.ndim > 1 else self._adam_move
                weight.sub_(group["lr"] * move(weight, *group["betas"]))

    def _matrix_move(self, weight: Tensor, momentum: float, _: float) -> Tensor:
        """With Nesterov's look ahead."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].lerp_(weight.grad, 1 - momentum)
        matrix = weight.grad.lerp(state["momentum"], momentum).flatten(1)
        return (ADAM_RMS * max(matrix.shape) ** 0.5 * orthogonal(matrix)).view_as(weight)

    def _adam_move(self, weight: Tensor, first: float, second: float) -> Tensor:
        state = self.state[weight]
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        state["mean"].lerp_(weight.grad, 1 - first)
        state["square"].lerp_(weight.grad.square(), 1 - second)
        root = (state["square"] / (1 - second ** state["step"])).sqrt() + EPSILON
        moved: Tensor = state["mean"] / (1 - first ** state["step"]) / root
        return moved


def orthogonal(matrix: Tensor) -> Tensor:
    """About U V' of a matrix U S V' [M, N], by five steps of Newton and Schulz; singular values become 0.7 to 1.2."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / x.norm().clamp_min(EPSILON)
    linear, cubic, quintic = QUINTIC
    for _ in range(STEPS):
        square = x @ x.T
        x = linear * x + (cubic * square + quintic * square @ square) @ x
    return x.T if tall else x
