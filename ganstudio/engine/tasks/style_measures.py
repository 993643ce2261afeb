"""How far a stylized picture has gone to its style, and from its content, in VGG16's relu1_1 to relu3_1.

Style is compared by Gram matrices, Gatys et al. 2016 ("Image style transfer using convolutional neural networks",
equation 3): what channels have in common, wherever it is. No loss compares these. Content is compared place by place,
in relu3_1. Both are shares of what they are for a picture that nothing was done to.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Batch
from ganstudio.engine.layers.vgg16_maps import Vgg16Maps
from ganstudio.engine.tasks.measure import Measure

DEPTH = 3
_AT_ONCE = 16  # pictures that maps are held of
_TINY = 1e-6  # of a content that is its own style


def gram_distance(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> Tensor:
    """[N], of maps [N, C, h, w] of any sizes: how far the Gram matrices of `a` are from those of `b`.

    The mean over maps of the Frobenius norm of their difference, as a share of that of `b`'s own.
    """
    shares = []
    for one, other in zip(a, b, strict=True):
        wanted = _gram(other)
        shares.append((_gram(one) - wanted).flatten(1).norm(dim=1) / wanted.flatten(1).norm(dim=1).clamp_min(_TINY))
    return torch.stack(shares).mean(0)


def place_distance(a: Tensor, b: Tensor) -> Tensor:
    """[N], of maps [N, C, h, w] of one size: the norm of their difference."""
    return (a.float() - b.float()).flatten(1).norm(dim=1)


def _style(made: Tensor, batch: Batch) -> Tensor:
    """The Gram distance of what was made to its style over that of the untouched content, [N]: 0 is the style's own."""
    assert batch.styles is not None  # the task needs them
    found = []
    for images, contents, styles in _in_parts(made, batch.images, batch.styles):
        wanted = _maps(styles)
        found.append(gram_distance(_maps(images), wanted) / gram_distance(_maps(contents), wanted).clamp_min(_TINY))
    return torch.cat(found)


def _content(made: Tensor, batch: Batch) -> Tensor:
    """The distance of what was made to its content over that of the style picture, [N]: 0 is the content itself."""
    assert batch.styles is not None  # the task needs them
    found = []
    for images, contents, styles in _in_parts(made, batch.images, batch.styles):
        own, drawn, other = (_maps(one)[-1] for one in (contents, images, styles))
        found.append(place_distance(drawn, own) / place_distance(other, own).clamp_min(_TINY))
    return torch.cat(found)


MEASURES = (
    Measure("style[vgg16]", "lower", best=True, compare=_style),
    Measure("content[vgg16]", "lower", compare=_content),
)


def _in_parts(*images: Tensor) -> zip[tuple[Tensor, ...]]:
    return zip(*(one.float().split(_AT_ONCE) for one in images), strict=True)


def _gram(features: Tensor) -> Tensor:
    """[N, C, C] of [N, C, h, w]: mean products of channels over places."""
    flat = features.float().flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def _maps(images: Tensor) -> tuple[Tensor, ...]:
    maps: tuple[Tensor, ...] = _net(str(images.device))(images)
    return maps


@lru_cache(maxsize=1)
def _net(device: str) -> nn.Module:
    return Vgg16Maps(DEPTH).to(device)
