"""How what the critic sees is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, field_validator

from ganstudio.recipe.base import Fraction, Knobs
from ganstudio.recipe.numbers import Points, Share

Change = Literal["color", "translation", "cutout", "blit", "geometry", "ada_color"]
BGC: tuple[Change, ...] = ("blit", "geometry", "ada_color")  # the pipe that ADA is published with
OF_IMAGES = frozenset(BGC)  # neither of clips nor of voxel grids


def _in_full(value: Any) -> Any:
    return BGC if value == "bgc" else value


Policy = Annotated[tuple[Change, ...], BeforeValidator(_in_full)]


class Constant(Knobs):
    """What `value` says: the same all along, or a schedule of its own."""

    kind: Literal["constant"] = "constant"
    value: Share = Field(default=1.0, description="p, from the first image to the last")


class Ramp(Knobs):
    """It grows along a straight line over some kimg; `constant` with points does that, too."""

    kind: Literal["ramp"] = "ramp"
    start: Fraction = Field(default=0.0, description="p at the first image")
    end: Fraction = Field(default=0.5, description="p once `kimg` have passed")
    kimg: PositiveFloat = Field(default=500.0, description="images over which p goes from start to end")

    @property
    def number(self) -> Points:
        return Points(points=((0.0, self.start), (self.kimg, self.end)))


class Adaptive(Knobs):
    """It follows how sure the critic is of real images (ADA)."""

    kind: Literal["adaptive"] = "adaptive"
    target: Fraction = Field(default=0.6, description="the mean sign of real logits to keep")
    kimg: PositiveFloat = Field(default=500.0, description="images over which p can move by 1")
    interval: PositiveInt = Field(default=4, description="updates of the critic between two moves of p")
    limit: Fraction = Field(default=0.85, description="p never exceeds this: at 1 the critic never sees a clean image")


Probability = Annotated[Constant | Ramp | Adaptive, Field(discriminator="kind")]


class Augmentation(Knobs):
    """What the critic sees is changed, real and fake alike: for few images (DiffAugment, ADA)."""

    policy: Policy = Field(
        default=("color", "translation", "cutout"),
        min_length=1,
        examples=[["color", "translation"]],
        description="which differentiable changes; bgc is short for blit, geometry and ada_color, those of ADA",
    )
    p: Probability = Field(default=Constant(), description="the chance that a change is applied to a sample")

    @field_validator("p", mode="before")
    @classmethod
    def _number_alone(cls, value: Any) -> Any:
        """`p = 0.5` and `p = {start = 0, end = 0.5}` are short for the value of a constant."""
        short = isinstance(value, int | float) or (isinstance(value, Mapping) and value and "kind" not in value)
        return {"kind": "constant", "value": value} if short else value
