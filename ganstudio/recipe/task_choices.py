"""The tasks that a recipe may name, each with its own knobs. `task = "unpaired"` is short for the task's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from ganstudio.recipe.base import Knobs
from ganstudio.recipe.numbers import NonNegative


class SynthesisTask(Knobs):
    """Images from noise, and from a class where the networks take one."""

    kind: Literal["synthesis"] = "synthesis"
    class_weight: NonNegative = Field(
        default=1.0, description="of the class losses, where the critic also answers which class it sees (AC-GAN)"
    )
    code_weight: NonNegative = Field(
        default=1.0,
        description="of the codes within z that the critic reads back, where there are some (InfoGAN)",
    )
    continuous_weight: NonNegative = Field(
        default=0.1, description="share of that which a code that is a number has; one of several values has it whole"
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
