"""Orthogonal regularization, Brock et al. 2019 (arXiv:1809.11096, eq. 3): BigGAN's, which leaves lengths alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.layers.equalized import EqualizedConv2d, EqualizedLinear
from ganstudio.engine.layers.own_weight import own_weight
from ganstudio.engine.terms.term import Group, Need, Scope, TermBase, TermResult
from ganstudio.recipe import schema


class Orthogonal(TermBase):
    """Sum over layers of ||W W^T o (1 - I)||_F^2, W having a filter a row; a scalar.

    Convolutions and dense layers count, embeddings do not; under spectral norm it is the weights before it.
    """

    name = "orthogonal"
    scope: Scope = "update"
    group: Group = "penalties"
    needs: frozenset[Need] = frozenset()

    def __init__(self, choice: schema.Orthogonal, side: Side) -> None:
        self.side, self.weight, self.every = side, choice.weight, choice.every

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:  # noqa: ARG002
        nets = context.nets.critics if self.side == "d" else context.nets.generators
        products = [_squared_products(filters) for net in nets.values() for filters in filters_of(net)]
        return TermResult(torch.stack(products).sum())


def filters_of(net: nn.Module) -> Iterator[Tensor]:
    """The weights [filters, rest] of every convolution and dense layer that learns, as images meet them."""
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
            weight: Tensor = own_weight(module)
            if isinstance(module, EqualizedLinear | EqualizedConv2d):
                weight = module.scaled_weight()
            if weight.requires_grad:
                yield (weight.transpose(0, 1) if getattr(module, "transposed", False) else weight).flatten(1)


def _squared_products(filters: Tensor) -> Tensor:
    """Sum of the squared products of any two different rows."""
    products = filters.float() @ filters.float().T
    return products.square().sum() - products.diagonal().square().sum()
