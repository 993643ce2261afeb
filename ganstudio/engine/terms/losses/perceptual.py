"""How far apart two pictures are in the features of VGG16: Johnson et al. 2016 (arXiv:1603.08155, section 3.2).

SRGAN compares squares of what follows the activation (Ledig et al. 2017, arXiv:1609.04802, eq. 5), ESRGAN absolute
values of what comes before it (Wang et al. 2018, arXiv:1809.00219, section 3.3). Both take VGG19's conv5_4; this is
VGG16, whose last is conv5_3, for its convolutions are what LPIPS has too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never

import torch
from torch import Tensor, nn

from ganstudio import weights
from ganstudio.engine.contract import Frozen, JudgedPair, Side, StepContext
from ganstudio.engine.evaluation.imagenet.trunks import SCALE, SHIFT, VGG16, load_convolutions
from ganstudio.engine.terms.term import Need, TermBase, TermResult
from ganstudio.errors import RecipeError
from ganstudio.recipe.numbers import ever_positive
from ganstudio.recipe.task_choices import Layer, SuperresTask

WEIGHTS = "lpips-vgg16"


class Perceptual(TermBase):
    """The mean distance of features of each image to those of its target, [N]; it asks no critic."""

    name = "perceptual"
    side: Side = "g"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, knobs: SuperresTask) -> None:
        self.knobs, self.weight = knobs, knobs.perceptual
        self.reads = frozenset({"vgg16"} if ever_positive(self.weight) else ())

    def require(self) -> None:
        if ever_positive(self.weight) and weights.locate(weights.find(WEIGHTS)) is None:
            raise RecipeError(
                [f"task.perceptual: above 0 it needs {WEIGHTS}'s weights, which are not here. Nearest: 0."],
                hint=f"ganstudio weights import {WEIGHTS} FILE.npz   # or: ganstudio weights fetch {WEIGHTS}",
            )

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:
        if context.value(self.weight) == 0.0:
            return None  # it takes as long as the rest
        (judged,) = pairs
        assert judged.pair.real is not None  # it needs real images
        net = _frozen(self.knobs.perceptual_layer, self.knobs.before_activation, str(judged.pair.fake.device))
        made = net(judged.pair.fake)
        with torch.no_grad():
            wanted = net(judged.pair.real)
        apart = made.float() - wanted.float()
        match self.knobs.perceptual_distance:
            case "l1":
                apart = apart.abs()
            case "l2":
                apart = apart.square()
            case unreachable:
                assert_never(unreachable)
        return TermResult(apart.flatten(1).mean(1))


class Features(nn.Module):
    """The maps [N, C, h, w] of one of VGG16's layers, of images [N, 1 or 3, H, W] in [-1, 1]; grey is repeated.

    `state` holds the convolutions as torchvision names them; `before_activation` is before the layer's own ReLU.
    """

    def __init__(self, state: dict[str, Tensor], layer: Layer, before_activation: bool) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(SHIFT).view(3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(3, 1, 1))
        layers = VGG16.layers(state, (int(layer[4]) - 1, int(layer[6]) - 1))
        self.net = nn.Sequential(*layers[:-1] if before_activation else layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.net((images - self.get_buffer("shift")) / self.get_buffer("scale"))


@lru_cache(maxsize=2)
def _frozen(layer: Layer, before_activation: bool, device: str) -> Frozen:
    _, state = load_convolutions(weights.require(WEIGHTS))  # whose digest says that they are VGG16's
    return Frozen(Features(state, layer, before_activation)).to(device)
