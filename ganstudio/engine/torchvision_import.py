"""Imports of torchvision beside a torch that was built without CUDA."""

from __future__ import annotations

import sys
from typing import Any

import torch

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_kept: list[Any] = []  # operators go with the library that defines them


def import_torchvision() -> None:
    """Leaves torchvision imported.

    Beside a torch that was built without CUDA, the index's wheel of torchvision lacks its operators, and importing it
    fails at their registration. Nothing here uses them; naming them is enough.
    """
    try:
        import torchvision
    except RuntimeError:
        for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[module]
        library = torch.library.Library("torchvision", "DEF")
        for signature in _OPERATORS:
            library.define(signature)
        import torchvision  # noqa: F401

        _kept.append(library)
