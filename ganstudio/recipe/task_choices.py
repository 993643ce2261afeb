"""The tasks that a recipe may name, each with its own knobs. `task = "unpaired"` is short for the task's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat

from ganstudio.recipe.base import Knobs
from ganstudio.recipe.numbers import NonNegative, Share

Cosine = Annotated[float, Field(ge=-1, le=1)]


class SynthesisTask(Knobs):
    """Images from noise, and from a class where the networks take one."""

    kind: Literal["synthesis"] = "synthesis"
    class_weight: NonNegative = Field(
        default=1.0, description="of the class losses, where the critic also tells classes (AC-GAN, ReACGAN)"
    )
    class_temperature: PositiveFloat = Field(
        default=0.5, description="what cosines are divided by where the critic answers directions (ReACGAN)"
    )
    class_margins: tuple[Cosine, Cosine] = Field(
        default=(0.98, 0.02),
        examples=[[0.9, 0.1]],
        description="cosines: above the first, an image is close enough to its class's proxy; below the second, far "
        "enough from another class's image (ReACGAN)",
    )
    code_weight: NonNegative = Field(
        default=1.0,
        description="of the codes within z that the critic reads back, where there are some (InfoGAN)",
    )
    continuous_weight: NonNegative = Field(
        default=0.1, description="share of that which a code that is a number has; one of several values has it whole"
    )
    style_mixing: Share = Field(
        default=0.0,
        examples=[0.9],
        description="chance that, from a drawn layer on, a sample's styles are a second latent's; 0 is off",
    )


class UnpairedTask(Knobs):
    """A translation between two classes of images, which need not come in pairs (CycleGAN)."""

    kind: Literal["unpaired"] = "unpaired"
    cycle: NonNegative = Field(
        default=10.0, description="weight of the mean absolute difference after a translation there and back"
    )
    identity: NonNegative = Field(
        default=5.0, description="weight of what a generator changes in images that are of its own output's class"
    )
    pool: NonNegativeInt = Field(
        default=50, description="earlier fakes, one of which a critic is shown half of the time; 0: only the newest"
    )


class PairedTask(Knobs):
    """A picture made of another, learned from pairs (pix2pix)."""

    kind: Literal["paired"] = "paired"
    l1: NonNegative = Field(default=100.0, description="weight of the mean absolute difference to the target")


TaskChoice = Annotated[SynthesisTask | UnpairedTask | PairedTask, Field(discriminator="kind")]
