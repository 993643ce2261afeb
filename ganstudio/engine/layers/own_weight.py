"""The weight of a layer that learns, which under spectral norm is the one before it."""

from __future__ import annotations

from typing import Any

from torch import nn


def own_weight(layer: nn.Module) -> nn.Parameter:
    """The parameter that `layer`, a dense layer or a convolution, multiplies by, before any norm of weights."""
    given: Any = layer
    weight: nn.Parameter = (
        given.parametrizations.weight.original if hasattr(layer, "parametrizations") else given.weight
    )
    return weight
