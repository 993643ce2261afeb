"""Spectral norms of networks whose tensors have shapes and no values: fake ones, and those of the meta device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn.utils.parametrizations import _SpectralNorm


@contextmanager
def no_power_iterations() -> Iterator[None]:
    """Within it torch's spectral norms leave their vectors as they are drawn.

    A norm begins with 15 iterations of a dozen operations each: for a network of forty layers they take seconds, and
    where there are no values they bring nothing about.
    """
    norm: Any = _SpectralNorm
    iterate = norm._power_method
    norm._power_method = lambda *_: None
    try:
        yield
    finally:
        norm._power_method = iterate
