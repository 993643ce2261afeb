"""The tasks that a recipe may name, each with its own knobs. `task = "unpaired"` is short for the task's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ganstudio.recipe.base import Fraction, Knobs
from ganstudio.recipe.numbers import NonNegative, Share

Cosine = Annotated[float, Field(ge=-1, le=1)]
Quality = Annotated[int, Field(ge=1, le=100)]
LIMITS = {"blur": (0.0, 10.0), "resize": (0.1, 2.0), "noise": (0.0, 255.0)}  # of what a degradation may draw


class SynthesisTask(Knobs):
    """Images from noise, and from a class where the networks take one."""

    kind: Literal["synthesis"] = "synthesis"
    class_weight: NonNegative = Field(
        default=1.0, description="of the class losses, where the critic also tells classes (AC-GAN, ReACGAN, StarGAN)"
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


Layer = Literal["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"]
Pair = tuple[float, float]


class SuperresTask(Knobs):
    """A larger picture made of a small one, which is made of the data's own on the way (SRGAN, ESRGAN)."""

    kind: Literal["superres"] = "superres"
    scale: Literal[2, 4, 8] = Field(default=4, description="how many times as large each side becomes")
    pixel: NonNegative = Field(default=1.0, description="weight of the mean absolute difference to the large picture")
    perceptual: NonNegative = Field(
        default=0.0,
        examples=[0.006],
        description="weight of the difference of VGG16's features, which needs `weights import lpips-vgg16`; 0 is off",
    )
    perceptual_layer: Layer = Field(
        default="conv5_3", description="of VGG16; a deeper one costs more time, conv5_3 1.6 times that of conv3_3"
    )
    perceptual_distance: Literal["l1", "l2"] = Field(
        default="l2", description="how features are compared: by squares (SRGAN) or absolute values (ESRGAN)"
    )
    before_activation: bool = Field(default=False, description="compare features before their ReLU (ESRGAN)")
    degradation: Literal["bicubic", "real"] = Field(
        default="bicubic",
        description="how small pictures are made: scaled down, or as of a camera, with blur, noise and JPEG",
    )
    blur: Pair = Field(
        default=(0.2, 3.0), examples=[[0.2, 2.0]], description="least and most deviation of real's blur, in pixels"
    )
    resize: Pair = Field(
        default=(0.15, 1.5),
        examples=[[0.5, 1.2]],
        description="least and most that real scales sides by before they get their final size",
    )
    noise: Pair = Field(
        default=(1.0, 30.0), examples=[[1.0, 10.0]], description="least and most deviation of real's noise, of 255"
    )
    jpeg: tuple[Quality, Quality] = Field(
        default=(30, 95), examples=[[60, 95]], description="least and most quality of real's JPEG"
    )

    @field_validator("blur", "resize", "noise", "jpeg")
    @classmethod
    def _in_order(cls, value: tuple[float, float], info: ValidationInfo) -> tuple[float, float]:
        least, most = LIMITS.get(info.field_name or "", (1, 100))
        if not least <= value[0] <= value[1] <= most:
            raise PydanticCustomError("range", f"must be two numbers in order, from {least:g} to {most:g}")
        return value


class ContrastiveTask(Knobs):
    """A translation of the first class of images into the second, one way, by patches that keep their places (CUT)."""

    kind: Literal["contrastive"] = "contrastive"
    nce: NonNegative = Field(
        default=1.0, description="weight of telling a patch of the output by its input from the picture's others"
    )
    identity_nce: NonNegative = Field(
        default=1.0, description="weight of the same for images that are of the output's class already; 0 is quicker"
    )
    temperature: PositiveFloat = Field(default=0.07, description="what the cosines of two patches are divided by")
    head_width: PositiveInt = Field(default=256, description="of the heads that maps are compared through")
    patches: PositiveInt = Field(default=256, description="places of each map that are compared; all of a smaller map")
    layers: tuple[NonNegativeInt, ...] = Field(
        default=(0, 1, 2, 3, 4),
        min_length=1,
        examples=[[1, 2, 3]],
        description="which of the translator's maps are compared: 0 is the picture, then as its encoder hands them out",
    )


class MultidomainTask(Knobs):
    """Images of each class translated into every other by one generator, which is told the class (StarGAN)."""

    kind: Literal["multidomain"] = "multidomain"
    class_weight: NonNegative = Field(
        default=1.0, description="of the class losses, where the critic also tells classes (AC-GAN, ReACGAN, StarGAN)"
    )
    reconstruction: NonNegative = Field(
        default=10.0, description="weight of the mean absolute difference after a translation there and back"
    )


class InpaintTask(Knobs):
    """Holes in pictures, filled by what is around them (context encoders)."""

    kind: Literal["inpaint"] = "inpaint"
    hole_l1: NonNegative = Field(default=0.999, description="weight of the mean absolute difference inside the hole")
    masks: Literal["boxes", "strokes", "both"] = Field(
        default="both", description="what holes are made for training and scores; both: each of half of the pictures"
    )
    hole: tuple[Fraction, Fraction] = Field(
        default=(0.25, 0.5),
        examples=[[0.5, 0.5]],
        description="least and largest side of a box, as a share of the picture's; a stroke's steps are as long and a "
        "quarter as wide",
    )

    @field_validator("hole")
    @classmethod
    def _in_order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 < value[0] <= value[1]:
            raise PydanticCustomError("range", "must be two shares above 0, the smaller first")
        return value


class StylizationTask(Knobs):
    """A content picture in the style of another, which may be any (AdaIN); styles are a second set, --style-data."""

    kind: Literal["stylization"] = "stylization"
    content_weight: NonNegative = Field(
        default=1.0, description="of what the result's deepest features are to be: the content's in the style's moments"
    )
    style_weight: NonNegative = Field(
        default=1.0, description="of means and deviations of features, which are to be the style picture's"
    )
    identity_weight: NonNegative = Field(
        default=5.0, description="of what changes in pictures that are drawn of their own features alone; 0 is quicker"
    )


TaskChoice = Annotated[
    SynthesisTask
    | UnpairedTask
    | PairedTask
    | SuperresTask
    | ContrastiveTask
    | MultidomainTask
    | InpaintTask
    | StylizationTask,
    Field(discriminator="kind"),
]
