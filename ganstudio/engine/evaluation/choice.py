"""Which network scores are made with, where the user leaves it open, and why; and that network by its name.

What a score is called says which of them it was made with: see `names.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ganstudio import weights
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.errors import UsageError, nearest

WITHOUT_CLASSES = ("dinov2", "vgg16")
SHIPPED = "efficientnet-lite0"
OTHERS = ("vgg16", "inception", "dinov2")  # where the critics read SHIPPED; a GPU aside, in the order of their speed
LARGE = 1024  # images: for fewer, making the graph for onnxruntime takes longer than it saves


def auto(
    channels: int, side: int, device: torch.device, live: bool, read: frozenset[str] = frozenset()
) -> tuple[str | None, str]:
    """The network for images of so many channels and this long side, and why; None where there is none.

    A training (`live`) must not wait for its scores: there the FID network needs a GPU, unless nothing else is here.
    Networks that the training itself has `read` never score what it made.
    """
    if channels == 1 and side <= lenet.SIDE and "lenet" not in read:
        return "lenet", f"features lenet: the images are grey and at most {lenet.SIDE} px"
    is_slow = live and device.type != "cuda"
    if _is_here("inception") and not is_slow:
        return "inception", "features inception: its weights are here" + (", and a GPU" if live else "")
    if SHIPPED not in read:
        if not _is_here("inception"):
            why = "inception's weights are not here (ganstudio weights fetch inception)"
        else:
            why = f"inception is too slow for scores while training on {device.type}"
        return SHIPPED, f"features {SHIPPED}: {why}"
    others = [name for name in OTHERS if name not in read and _is_here(name)]
    why = f"this training reads {', '.join(sorted(read))}, which so cannot score it"
    if others:
        return others[0], f"features {others[0]}: {why}"
    return None, f"{why}, and no other network is here. Nearest: vgg16 ({lacking('vgg16')})"


def refusal(name: str, channels: int, side: int, read: frozenset[str] = frozenset()) -> str | None:
    """A sentence on why a network cannot look at images of this kind, or is none; None where it can.

    Networks that a training has `read` would find what it made too good.
    """
    if name not in weights.FEATURES:
        return f"there is no such network. {nearest(name, weights.FEATURES)}"
    if name == "lenet" and (channels > 1 or side > lenet.SIDE):
        return f"lenet reads grey images up to {lenet.SIDE} px; these have {channels} channels and {side} px."
    if name in read:
        return (
            f"the training itself reads {name}, so these features find its images better than they are. "
            f"Others: {', '.join(_possible(channels, side, read))}."
        )
    return None


def _possible(channels: int, side: int, read: frozenset[str]) -> Iterator[str]:
    """The networks that may look at images of this kind, those that are here first; of the others how they come."""
    names = [name for name in ("lenet", SHIPPED, *OTHERS) if name not in read and not refusal(name, channels, side)]
    yield from filter(_is_here, names)
    yield from (f"{name} ({lacking(name)})" for name in names if not _is_here(name))


def _is_here(name: str) -> bool:
    return lacking(name) is None


def lacking(name: str) -> str | None:
    """The command that brings the weights of a network, for a sentence; None where they are here."""
    needed = weights.FEATURES[name]
    if needed is None or weights.locate(known := weights.find(needed)) is not None:
        return None
    return f"ganstudio weights fetch {needed}" if known.convolutions is None else f"ganstudio weights import {needed}"


def load(name: str, device: torch.device, images: int = 0) -> Extractor:
    """The network that `name` means, on `device`; `images` says about how many it is going to look at.

    Raises UsageError where there is none of that name, or its weights are not here or not whole.
    """
    from ganstudio.engine.evaluation.dinov2 import DinoV2
    from ganstudio.engine.evaluation.efficientnet import EfficientNet
    from ganstudio.engine.evaluation.imagenet.vgg16 import Vgg16
    from ganstudio.engine.evaluation.inception import Inception

    by_onnxruntime = device.type == "cpu" and images >= LARGE
    match name:
        case "lenet":
            return lenet.LeNetFeatures(device)
        case "efficientnet-lite0":
            return EfficientNet(device, by_onnxruntime)
        case "inception":
            return Inception(weights.require("inception"), device, by_onnxruntime)
        case "vgg16":
            return Vgg16(weights.require("lpips-vgg16"), device, by_onnxruntime)
        case "dinov2":
            return DinoV2(weights.require("dinov2-vits14"), device)
        case _:
            raise UsageError(f"features {name!r}: there is no such network. {nearest(name, weights.FEATURES)}")
