"""A content picture in the style of any other: AdaIN, Huang & Belongie 2017 (arXiv:1703.06868, equations 8 to 14).

The deepest features of the content get the moments of the style's, and a decoder draws what has such features. The
architecture is a network in two halves, `encode(images)` -> maps, the finest first, and `decode(features)` -> images,
with `channels`, those of the deepest map. A critic, where one trains, is shown style pictures as the real ones.

Two graphs are exported: the whole, which is given moments, and the encoder, whose features these are taken of.
docs/decisions/0038 says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.engine.contract import (
    Batch,
    DataContract,
    DataShape,
    ExportSpec,
    Nets,
    Pair,
    Stage,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.layers.feature_moments import Moments, moments, with_moments
from ganstudio.engine.tasks.style_measures import MEASURES
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.tasks.translator import blank
from ganstudio.engine.terms.losses.contrast import named_maps
from ganstudio.engine.terms.losses.moments import CONTENT, MADE, OWN, STYLE, ContentLoss, IdentityLoss, StyleLoss
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import StylizationTask

FREE = {2: "height", 3: "width"}


class Stylization(TaskBase):
    needs = DataContract(least_held=2, styles=True)
    measures = MEASURES
    excused = {  # noqa: RUF012
        "growth": "stylization takes its pictures at one resolution.",
        "volumes": "stylization takes images, neither clips nor voxel grids.",
    }
    shows = ("content", "style", "result")

    def seen(self, shape: DataShape) -> DataShape:
        """`shape` in colours, which grey and transparent pictures become, and without classes, which none here uses."""
        return replace(shape, channels=3, class_counts=()) if shape.flat else shape

    def network_problems(self, nets: Nets) -> Iterable[str]:
        net = nets.generators["generator"]
        if missing := [name for name in ("encode", "decode", "channels") if not hasattr(net, name)]:
            yield f"stylization needs a network with encode, decode and channels; this one has no {missing[0]}."

    def pairs(self, context: StepContext) -> list[Pair]:
        batch = context.batch
        net: Any = context.nets.generators["generator"]  # with `encode` and `decode`: see network_problems
        with torch.no_grad():
            contents, styles = net.encode(batch.images)[-1], net.encode(batch.styles)
            wanted = with_moments(contents, moments(contents), moments(styles[-1]))
        with torch.set_grad_enabled(context.differentiable_fakes):
            fake = net.decode(wanted).float()
        inputs: dict[str, Tensor] = {}
        if context.side == "g":
            maps = {**named_maps(styles, STYLE), **named_maps(net.encode(fake), MADE)}
            inputs = {CONTENT: wanted, OWN: contents, **maps}
        return [Pair("critic", fake, batch.styles, inputs=inputs)]

    def terms(self, recipe: Recipe) -> list[Term]:
        assert isinstance(recipe.task, StylizationTask)
        knobs = recipe.task
        return [ContentLoss(knobs.content_weight), StyleLoss(knobs.style_weight), IdentityLoss(knobs.identity_weight)]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        return stylized(nets.ema["generator"], batch.images, batch.styles)

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        return batch.images, batch.styles, self.generate(nets, draw, stage, labels, batch)

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net: Any = nets.ema["generator"]
        pictures = blank(net, 3, self.shape.size)
        # a tensor each: the exporter takes one that is given twice for a single input
        names = ("content_mean", "content_std", "style_mean", "style_std")
        given = {name: pictures.new_ones(2, net.channels) for name in names}
        whole = {"source": pictures, **given, "strength": pictures.new_ones(2)}
        features = Features(net)
        multiple = self.shape.size[-1] // features(pictures).shape[-1]
        return [
            ExportSpec("", Stylizing(net), whole, {"source": FREE}, multiple=multiple),
            ExportSpec(
                "features", features, {"images": pictures}, {"images": FREE}, multiple=multiple, output="features"
            ),
        ]


def stylized(net: Any, contents: Tensor, styles: Tensor) -> Tensor:
    """Images [N, 3, H, W] of contents and, one for each, styles of any size, at full strength."""
    features = net.encode(contents)[-1]
    images: Tensor = net.decode(with_moments(features, moments(features), moments(net.encode(styles)[-1])))
    return images


class Stylizing(nn.Module):
    """What is exported: a picture drawn again, its features moved from moments of its own towards those of a style.

    `source` [N, 3, H, W] in [-1, 1]; means and deviations [N, C]; `strength` [N] in [0, 1], equation 14.
    """

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(
        self,
        source: Tensor,
        content_mean: Tensor,
        content_std: Tensor,
        style_mean: Tensor,
        style_std: Tensor,
        strength: Tensor,
    ) -> Tensor:
        own = self.net.encode(source)[-1]
        moved = with_moments(own, Moments(content_mean, content_std), Moments(style_mean, style_std))
        share = strength[:, None, None, None]
        images: Tensor = self.net.decode((1 - share) * own + share * moved)
        return images


class Features(nn.Module):
    """What is exported beside it: the deepest map [N, C, h, w] of images [N, 3, H, W], whose moments it is given."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.net.encode(images)[-1]
        return features
