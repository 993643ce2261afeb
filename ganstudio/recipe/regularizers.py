"""What else is minimized, and what is done to the critic's weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ganstudio.recipe.base import Fraction, Knobs
from ganstudio.recipe.numbers import Positive


class _Lazy(Knobs):
    every: PositiveInt = Field(default=1, description="applied on every so many-th update, times as strong")


class GradientPenalty(_Lazy):
    """The critic's gradient between a real image and a fake is held at a norm (WGAN-GP)."""

    kind: Literal["gradient_penalty"] = "gradient_penalty"
    weight: Positive = Field(default=10.0, description="lambda, how strong the penalty is")
    target: NonNegativeFloat = Field(default=1.0, description="the gradient norm that costs nothing")


class R1(_Lazy):
    """The critic's gradient at real images is kept small."""

    kind: Literal["r1"] = "r1"
    gamma: Positive = Field(default=10.0, description="gamma; the loss gets gamma/2 times the squared norm")


class R2(_Lazy):
    """The critic's gradient at generated images is kept small."""

    kind: Literal["r2"] = "r2"
    gamma: Positive = Field(default=10.0, description="as r1, on the generator's images")


class PathLength(_Lazy):
    """A step in w moves every image equally far; for generators with styles (StyleGAN2)."""

    kind: Literal["path_length"] = "path_length"
    every: PositiveInt = Field(default=4, description="applied on every so many-th update, times as strong")
    weight: Positive = Field(default=2.0, description="of the squared distance from the running mean of lengths")
    decay: Fraction = Field(default=0.01, description="how fast the running mean of lengths follows")


class FeatureMatching(_Lazy):
    """The generator also matches the means of the critic's features."""

    kind: Literal["feature_matching"] = "feature_matching"
    weight: Positive = Field(default=1.0, description="of the distance between the critic's features of both")


class WeightClip(Knobs):
    """The critic's weights are cut off after each of its updates (WGAN)."""

    kind: Literal["weight_clip"] = "weight_clip"
    limit: PositiveFloat = Field(default=0.01, description="critic weights stay in [-limit, limit]")


class Reconstruction(Knobs):
    """Small decoders learn to draw real images from the critic's maps, which keeps it from memorizing (FastGAN)."""

    kind: Literal["reconstruction"] = "reconstruction"
    weight: Positive = Field(default=1.0, description="of the distance between what is drawn and the image")
    distance: Literal["l1", "lpips"] = Field(
        default="l1", description="l1 compares pixels; lpips, as published, needs the weights lpips-vgg16"
    )


Regularizer = Annotated[
    GradientPenalty | R1 | R2 | PathLength | FeatureMatching | WeightClip | Reconstruction, Field(discriminator="kind")
]
