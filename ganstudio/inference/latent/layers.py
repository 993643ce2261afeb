"""Layers of a generator with styles, by the words that people use: coarse, middle, fine, or numbers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

COARSE_PX, MIDDLE_PX = 8, 32  # the largest maps of both groups; Karras et al. 2019, arXiv:1812.04948, section 3.1
GROUPS = ("coarse", "middle", "fine")


def layers_named(text: str, model: LatentModel) -> slice:
    """The layers that `coarse`, `middle`, `fine`, `all`, `2` or `0-3` (both ends count) name.

    Raises UsageError for words of no layer, for a group that this model has none of, and for a model without styles.
    """
    if text == "all":
        return slice(0, model.layers)
    if model.space == "z":
        raise UsageError(
            f"--layers {text}: {model.whole.path.stem} has no layers to choose from: only generators with styles have."
        )
    if text in GROUPS:
        return _group(text, model)
    match = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last < model.layers:
        legal = f"coarse, middle, fine, all, or numbers from 0 to {model.layers - 1} as 2 or 0-3"
        raise UsageError(f"--layers {text!r} names no layers of {model.whole.path.stem}: {legal}.")
    return slice(first, last + 1)


def groups_of(model: LatentModel) -> dict[str, slice]:
    """The layers of each group that this model has; {} where the sizes of its layers are not known."""
    found = {}
    for name in GROUPS if model.layer_px else ():
        with contextlib.suppress(UsageError):
            found[name] = _group(name, model)
    return found


def _group(name: str, model: LatentModel) -> slice:
    """Layers whose maps are up to 8 px (coarse), up to 32 px (middle), or larger (fine)."""
    if not model.layer_px:
        raise UsageError(f"--layers {name}: the sizes of the layers are not known; number them, 0-{model.layers - 1}.")
    chosen = _layers_of(name, model.layer_px)
    if not chosen:
        sizes = f"{model.layer_px[0]} to {model.layer_px[-1]} px"
        raise UsageError(f"--layers {name}: no layer of {model.whole.path.stem} is {name}; its maps are of {sizes}.")
    return slice(chosen[0], chosen[-1] + 1)


def parts_of(layers: int, layer_px: Sequence[int]) -> dict[str, tuple[int, int]]:
    """What of a model's layers can be mixed, as (first, stop): the groups that it has, but all, then each layer."""
    groups = {name: _layers_of(name, layer_px) for name in GROUPS}
    parts = {name: (chosen[0], chosen[-1] + 1) for name, chosen in groups.items() if 0 < len(chosen) < layers}
    return parts | {f"layer {layer}": (layer, layer + 1) for layer in range(layers if layers > 1 else 0)}


def _layers_of(group: str, layer_px: Sequence[int]) -> list[int]:
    """The layers of a group, whose maps are of its sizes."""
    low, high = {"coarse": (0, COARSE_PX), "middle": (COARSE_PX, MIDDLE_PX), "fine": (MIDDLE_PX, 10**9)}[group]
    return [layer for layer, side in enumerate(layer_px) if low < side <= high]
