"""What else is minimized, and what is done to the critic's weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ganstudio.recipe.augmentation import Policy
from ganstudio.recipe.base import Fraction, Knobs
from ganstudio.recipe.numbers import Positive


class _Lazy(Knobs):
    every: PositiveInt = Field(default=1, description="applied on every so many-th update, times as strong")


class GradientPenalty(_Lazy):
    """The critic's gradient between a real image and a fake is held at a norm (WGAN-GP)."""

    kind: Literal["gradient_penalty"] = "gradient_penalty"
    weight: Positive = Field(default=10.0, description="lambda, how strong the penalty is")
    target: NonNegativeFloat = Field(default=1.0, description="the gradient norm that costs nothing")
    one_sided: bool = Field(default=False, description="a smaller norm costs nothing either")


class Dragan(_Lazy):
    """The critic's gradient around real images is held at a norm (DRAGAN)."""

    kind: Literal["dragan"] = "dragan"
    weight: Positive = Field(default=10.0, description="lambda, how strong the penalty is")
    target: NonNegativeFloat = Field(default=1.0, description="the gradient norm that costs nothing")
    deviation: PositiveFloat = Field(
        default=0.5, description="of the noise that is added to real images, as a share of their own deviation"
    )


class Drift(_Lazy):
    """The critic's answers to real images do not drift away from 0 (ProGAN)."""

    kind: Literal["drift"] = "drift"
    weight: Positive = Field(default=0.001, description="of the squared logit")


class LeCam(_Lazy):
    """The critic's answers to either side stay near its mean answer to the other (LeCam-GAN, for few images)."""

    kind: Literal["lecam"] = "lecam"
    weight: Positive = Field(default=0.3, description="lambda, of the squared distances")
    decay: Fraction = Field(default=0.01, description="how fast the running means of logits follow")


class Consistency(_Lazy):
    """The critic answers alike to an image and to a changed copy of it (bCR)."""

    kind: Literal["consistency"] = "consistency"
    real: Positive = Field(default=10.0, description="weight of the squared difference at real images")
    fake: Positive = Field(default=10.0, description="weight of the squared difference at generated images")
    policy: Policy = Field(
        default=("translation",), min_length=1, examples=[["translation", "cutout"]], description="how copies differ"
    )


class Orthogonal(_Lazy):
    """Filters of one layer stay at right angles to one another (BigGAN)."""

    kind: Literal["orthogonal"] = "orthogonal"
    weight: Positive = Field(default=1e-4, description="beta, of the squared products of two filters of a layer")
    side: Literal["generator", "critic", "both"] = Field(default="generator", description="whose layers")


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
    GradientPenalty
    | Dragan
    | R1
    | R2
    | Drift
    | LeCam
    | Consistency
    | Orthogonal
    | PathLength
    | FeatureMatching
    | Reconstruction
    | WeightClip,
    Field(discriminator="kind"),
]
