"""Which network scores are made with, where the user leaves it open, and why."""

from __future__ import annotations

import torch

from ganstudio import weights
from ganstudio.engine.evaluation import lenet
from ganstudio.errors import nearest

WITHOUT_CLASSES = ("dinov2",)


def auto(channels: int, resolution: int, device: torch.device, live: bool) -> tuple[str | None, str]:
    """The network for images of this kind, and why; None and the reason where there is none.

    A training (`live`) must not wait for its scores: there the FID network needs a GPU.
    """
    if channels == 1 and resolution <= lenet.SIDE:
        return "lenet", f"features lenet: the images are grey and at most {lenet.SIDE} px"
    here = {name: _is_here(name) for name in ("inception", "efficientnet-lite0")}
    if here["inception"] and (device.type == "cuda" or not live):
        return "inception", "features inception: its weights are here" + (", and a GPU" if live else "")
    slow = f"inception is too slow for scores while training on {device.type}"
    without = slow if here["inception"] else "inception's weights are not here (ganstudio weights fetch inception)"
    if here["efficientnet-lite0"]:
        return "efficientnet-lite0", f"features efficientnet-lite0: {without}"
    get = weights.how_to_get(weights.find("efficientnet-lite0"))
    missing = f"efficientnet-lite0's weights are not here ({get})"
    return None, f"lenet reads grey images up to {lenet.SIDE} px, {without}, and {missing}"


def refusal(name: str, channels: int, resolution: int) -> str | None:
    """A sentence on why a network cannot look at images of this kind, or is none; None where it can."""
    if name not in weights.FEATURES:
        return f"there is no such network. {nearest(name, weights.FEATURES)}"
    if name == "lenet" and (channels > 1 or resolution > lenet.SIDE):
        return f"lenet reads grey images up to {lenet.SIDE} px; these have {channels} channels and {resolution} px."
    return None


def _is_here(name: str) -> bool:
    needed = weights.FEATURES[name]
    return needed is None or weights.locate(weights.find(needed)) is not None
