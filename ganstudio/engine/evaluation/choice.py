"""Which network scores are made with, where the user leaves it open, and why; and that network by its name.

What a score is called says which of them it was made with: see `names.py`.
"""

from __future__ import annotations

import torch

from ganstudio import weights
from ganstudio.engine.contract import Nets
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.errors import UsageError, nearest

WITHOUT_CLASSES = ("dinov2",)
LARGE = 1024  # images: for fewer, making the graph for onnxruntime takes longer than it saves


def auto(
    channels: int, side: int, device: torch.device, live: bool, read: frozenset[str] = frozenset()
) -> tuple[str | None, str]:
    """The network for images of so many channels and this long side, and why; None where there is none, and why.

    A training (`live`) must not wait for its scores: there the FID network needs a GPU. What critics `read` never
    scores their generator.
    """
    if channels == 1 and side <= lenet.SIDE and "lenet" not in read:
        return "lenet", f"features lenet: the images are grey and at most {lenet.SIDE} px"
    inception_here = weights.locate(weights.find("inception")) is not None
    if inception_here and (not live or device.type == "cuda"):
        return "inception", "features inception: its weights are here" + (", and a GPU" if live else "")
    if "efficientnet-lite0" in read:
        if (other := next((name for name in ("inception", "dinov2") if _is_here(name)), None)) is not None:
            return other, f"features {other}: the critic reads efficientnet-lite0"
        why = "the critic reads efficientnet-lite0, which must not score it, and no other network's weights are here"
        return None, f"{why} (ganstudio weights fetch inception)"
    why = f"inception is too slow for scores while training on {device.type}"
    if not inception_here:
        why = "inception's weights are not here (ganstudio weights fetch inception)"
    return "efficientnet-lite0", f"features efficientnet-lite0: {why}"


def _is_here(name: str) -> bool:
    needed = weights.FEATURES[name]
    return needed is None or weights.locate(weights.find(needed)) is not None


def read_by(nets: Nets) -> frozenset[str]:
    """The networks that critics read: those that one of their modules names in `reads`."""
    named = (getattr(module, "reads", None) for critic in nets.critics.values() for module in critic.modules())
    return frozenset(name for name in named if name in weights.FEATURES)


def refusal(name: str, channels: int, side: int) -> str | None:
    """A sentence on why a network cannot look at images of this kind, or is none; None where it can."""
    if name not in weights.FEATURES:
        return f"there is no such network. {nearest(name, weights.FEATURES)}"
    if name == "lenet" and (channels > 1 or side > lenet.SIDE):
        return f"lenet reads grey images up to {lenet.SIDE} px; these have {channels} channels and {side} px."
    return None


def load(name: str, device: torch.device, images: int = 0) -> Extractor:
    """The network that `name` means, on `device`; `images` says about how many it is going to look at.

    Raises UsageError where there is none of that name, or its weights are not here or not whole.
    """
    from ganstudio.engine.evaluation.dinov2 import DinoV2
    from ganstudio.engine.evaluation.efficientnet import EfficientNet
    from ganstudio.engine.evaluation.inception import Inception

    by_onnxruntime = device.type == "cpu" and images >= LARGE
    match name:
        case "lenet":
            return lenet.LeNetFeatures(device)
        case "efficientnet-lite0":
            return EfficientNet(device, by_onnxruntime)
        case "inception":
            return Inception(weights.require("inception"), device, by_onnxruntime)
        case "dinov2":
            return DinoV2(weights.require("dinov2-vits14"), device)
        case _:
            raise UsageError(f"features {name!r}: there is no such network. {nearest(name, weights.FEATURES)}")
