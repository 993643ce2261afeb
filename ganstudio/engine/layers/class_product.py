"""A critic's last step where its direction is the class's: the product of its features with what the class tells."""

from __future__ import annotations

from torch import Tensor, nn


class ClassProduct(nn.Module):
    """Features and what a class tells, both [N, width], to logits [N, 1]: their products' sum over `divisor`.

    A module of its own, so that `objective.san` can make the class's side a direction.
    """

    def __init__(self, divisor: float = 1.0) -> None:
        super().__init__()
        self.divisor = divisor

    def forward(self, features: Tensor, told: Tensor) -> Tensor:
        return (features * told.to(features.dtype)).sum(1, keepdim=True) / self.divisor
