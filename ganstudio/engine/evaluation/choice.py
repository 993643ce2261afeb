"""Which network scores are made with, where the user leaves it open, and why."""

from __future__ import annotations

import torch

from ganstudio import weights
from ganstudio.engine.evaluation import lenet
from ganstudio.errors import nearest

WITHOUT_CLASSES = ("dinov2",)


def auto(channels: int, resolution: int, device: torch.device, live: bool) -> tuple[str, str]:
    """The network for images of this kind, and why.

    A training (`live`) must not wait for its scores: there the FID network needs a GPU.
    """
    if channels == 1 and resolution <= lenet.SIDE:
        return "lenet", f"features lenet: the images are grey and at most {lenet.SIDE} px"
    if weights.locate(weights.find("inception")) is None:
        why = "inception's weights are not here (ganstudio weights fetch inception)"
        return "efficientnet-lite0", f"features efficientnet-lite0: {why}"
    if live and device.type != "cuda":
        why = f"inception is too slow for scores while training on {device.type}"
        return "efficientnet-lite0", f"features efficientnet-lite0: {why}"
    return "inception", "features inception: its weights are here" + (", and a GPU" if live else "")


def refusal(name: str, channels: int, resolution: int) -> str | None:
    """A sentence on why a network cannot look at images of this kind, or is none; None where it can."""
    if name not in weights.FEATURES:
        return f"there is no such network. {nearest(name, weights.FEATURES)}"
    if name == "lenet" and (channels > 1 or resolution > lenet.SIDE):
        return f"lenet reads grey images up to {lenet.SIDE} px; these have {channels} channels and {resolution} px."
    return None
