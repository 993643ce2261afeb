"""Every knob of a training, once. Each knob has a reader in the engine; absent means off."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ganstudio.errors import UsageError, nearest_number
from ganstudio.recipe.allowed_values import EMA_STDS, divisors, halvings
from ganstudio.recipe.augmentation import Adaptive as Adaptive
from ganstudio.recipe.augmentation import Augmentation as Augmentation
from ganstudio.recipe.augmentation import Constant as Constant
from ganstudio.recipe.augmentation import Probability as Probability
from ganstudio.recipe.augmentation import Ramp as Ramp
from ganstudio.recipe.base import Fraction as Fraction
from ganstudio.recipe.base import Knobs as Knobs
from ganstudio.recipe.base import knobs_by_kind
from ganstudio.recipe.numbers import Beta, NonNegative, Positive
from ganstudio.recipe.objectives import Hinge as Hinge
from ganstudio.recipe.objectives import LabelTargets as LabelTargets
from ganstudio.recipe.objectives import LeastSquares as LeastSquares
from ganstudio.recipe.objectives import Minimax as Minimax
from ganstudio.recipe.objectives import NonSaturating as NonSaturating
from ganstudio.recipe.objectives import Objective as Objective
from ganstudio.recipe.objectives import Relativistic as Relativistic
from ganstudio.recipe.objectives import RelativisticAverage as RelativisticAverage
from ganstudio.recipe.objectives import Wasserstein as Wasserstein
from ganstudio.recipe.regularizers import R1 as R1
from ganstudio.recipe.regularizers import R2 as R2
from ganstudio.recipe.regularizers import Consistency as Consistency
from ganstudio.recipe.regularizers import Dragan as Dragan
from ganstudio.recipe.regularizers import Drift as Drift
from ganstudio.recipe.regularizers import FeatureMatching as FeatureMatching
from ganstudio.recipe.regularizers import GradientPenalty as GradientPenalty
from ganstudio.recipe.regularizers import LeCam as LeCam
from ganstudio.recipe.regularizers import Orthogonal as Orthogonal
from ganstudio.recipe.regularizers import PathLength as PathLength
from ganstudio.recipe.regularizers import Reconstruction as Reconstruction
from ganstudio.recipe.regularizers import Regularizer as Regularizer
from ganstudio.recipe.regularizers import WeightClip as WeightClip
from ganstudio.recipe.task_choices import SynthesisTask, TaskChoice

EmaStd = Annotated[float, Field(ge=EMA_STDS[0], le=EMA_STDS[1])]
AS_STORED: Literal["data"] = "data"  # the resolution that a data set has


class ArchitectureChoice(Knobs):
    """Which networks. The options beside `id` are the architecture's own and are checked by its file."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    id: str = Field(examples=["mlp"], description="file name in engine/architectures, or of the user's own file")

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


def _is_side(value: Any) -> bool:
    return type(value) in (int, float) and value > 0 and float(value).is_integer()


class Data(Knobs):
    resolution: PositiveInt | Literal["data"] | tuple[PositiveInt, PositiveInt] = Field(
        default=32,
        examples=[64, [64, 128]],
        description="short side of the images that the networks see, in pixels, the aspect being the data's; "
        "[height, width] is another aspect; data is the size that the set is stored in",
        json_schema_extra={"legal": "a side in pixels, [height, width], or data"},
    )
    crop: PositiveInt | tuple[PositiveInt, PositiveInt] | None = Field(
        default=None,
        examples=[48, [48, 96]],
        description="side of the part of each picture that networks see, in pixels at this resolution, cut out anew "
        "each time; [height, width] is no square; none is the whole picture",
        json_schema_extra={"legal": "a side in pixels, [height, width], or none"},
    )
    mirror: bool = Field(default=False, description="flip half of the real images left to right")
    held_out: Fraction = Field(
        default=0.02, description="share never trained on, to see whether the critic learns images by heart; 0 is none"
    )

    @field_validator("resolution", mode="before")
    @classmethod
    def _side_or_word(cls, value: Any) -> Any:
        """Checks the type once: of a union pydantic would complain once for each member."""
        sides = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
        if value == AS_STORED or all(map(_is_side, sides)):
            return value
        raise PydanticCustomError("side", "must be a whole number above 0, [height, width], or data")

    @field_validator("crop", mode="before")
    @classmethod
    def _side_or_none(cls, value: Any) -> Any:
        sides = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
        if value is None or all(map(_is_side, sides)):
            return value
        raise PydanticCustomError("side", "must be a whole number above 0, [height, width], or none")

    @property
    def size(self) -> int | tuple[int, int]:
        """The short side of whole pictures in pixels, or (H, W). Raises UsageError while that waits for a data set."""
        if isinstance(self.resolution, str):
            raise UsageError("data.resolution: data is the size of a data set, and there is none here. Nearest: 32.")
        return self.resolution

    @property
    def crop_size(self) -> tuple[int, int] | None:
        """(H, W) of the part of a picture that networks see; None where they see all of it."""
        return (self.crop, self.crop) if isinstance(self.crop, int) else self.crop

    @property
    def seen(self) -> int | tuple[int, int]:
        """The short side, or (H, W), of what networks see. Raises UsageError while that waits for a data set."""
        return self.size if self.crop is None else self.crop

    @property
    def side(self) -> int:
        """The short side of what networks see. Raises UsageError while that waits for a data set."""
        return self.seen if isinstance(self.seen, int) else min(self.seen)


# Tables that are one of several kinds, the first unless another is named, and lists of such: the knobs of each kind.
KINDS = {
    "task": knobs_by_kind(TaskChoice),
    "objective": knobs_by_kind(Objective),
    "augmentation.p": knobs_by_kind(Probability),
}
LISTS = {"regularizers": knobs_by_kind(Regularizer)}
SECTIONS = ("augmentation", "growth", "unrolling")  # there or not


class Optimizer(Knobs):
    kind: Literal["adam", "rmsprop", "muon"] = Field(
        default="adam",
        description="how gradients become updates; muon, whose first beta is 0.95 as a rule, learns from fewer images",
    )
    lr: NonNegative = Field(default=2e-4, description="learning rate; 0 holds the side still")
    betas: tuple[Beta, Beta] = Field(
        default=(0.5, 0.999), examples=[[0.0, 0.9]], description="rmsprop reads the second as its smoothing"
    )


EARLY = "the first at 1, 2, 5, 10, 20, ... kimg"


class Growth(Knobs):
    """Progressive growing (Karras et al. 2017, arXiv:1710.10196): from `start` pixels to the target size."""

    start: PositiveInt = Field(default=8, description="short side of the first stage's images, in pixels")
    until: Fraction = Field(default=0.5, description="share of the length after which the target is reached")


class Unrolling(Knobs):
    """The generator is judged by critics some updates ahead (unrolled GAN)."""

    steps: PositiveInt = Field(default=3, description="updates of the critic that are looked ahead")
    lr: Positive = Field(default=1e-3, description="learning rate of these updates, plain gradient steps")


class Training(Knobs):
    batch: PositiveInt = Field(default=64, description="images an update, over all processes")
    micro_batch: PositiveInt | None = Field(
        default=None, examples=[16], description="images at once; gradients add up to a batch"
    )
    kimg: PositiveFloat = Field(default=1000.0, description="length: thousands of real images that the critic sees")
    schedule_kimg: PositiveFloat | None = Field(
        default=None, examples=[2000.0], description="length that growth and numbers that change go by; none is kimg"
    )
    critic_steps: NonNegativeInt = Field(
        default=1, description="updates of the critic in an iteration; 0 trains without critics"
    )
    generator_steps: PositiveInt = Field(default=1, description="updates of the generator in an iteration")
    ema_kimg: NonNegative = Field(default=10.0, description="half-life of the generator's average; 0 is off")
    ema_ramp: PositiveFloat | None = Field(default=0.05, description="half-life is at most this share of nimg")
    ema_stds: tuple[EmaStd, ...] = Field(
        default=(),
        max_length=4,
        examples=[[0.05, 0.1]],
        description="averages that every checkpoint keeps for `export onnx --ema-std`, as shares of nimg; [] is off",
    )
    sample_kimg: PositiveFloat = Field(default=20.0, description=f"from one grid of samples to the next; {EARLY}")
    checkpoint_kimg: PositiveFloat = Field(default=50.0, description=f"from one checkpoint to the next; {EARLY}")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto", description="of the networks' arithmetic; auto goes by the device"
    )
    reuse_fakes: bool = Field(
        default=False, description="the generator's update judges the fakes of the critic's, and spares drawing its own"
    )
    instance_noise: NonNegative = Field(
        default=0.0,
        examples=[{"start": 0.1, "end": 0.0, "until": 0.5}],
        description="deviation of the noise on everything that the critic sees; images reach from -1 to 1",
    )
    freeze_critic: NonNegativeInt = Field(
        default=0, description="the critic's first layers with weights that stay as they are: to fine-tune with --from"
    )
    initialization: Literal["architecture", "orthogonal"] = Field(
        default="architecture", description="the first weights: the architecture's own, or orthogonal filters"
    )
    compile: bool = Field(default=False, description="torch.compile; no networks whose penalty differentiates twice")

    @property
    def schedule_length(self) -> float:
        """The kimg that growth and numbers that change are shares of."""
        return self.kimg if self.schedule_kimg is None else self.schedule_kimg


DISTANCE: Literal["fd"] = "fd"  # the metric that `best` goes by
LiveMetric = Literal["fd", "kid", "is", "precision", "recall", "density", "coverage"]


class Evaluation(Knobs):
    every_kimg: PositiveFloat = Field(default=50.0, description=f"from one score to the next; {EARLY}")
    features: Literal["auto", "inception", "dinov2", "vgg16", "efficientnet-lite0", "lenet", "none"] = Field(
        default="auto", description="the network whose features the score compares; auto goes by data and device"
    )
    metrics: tuple[LiveMetric, ...] = Field(
        default=(DISTANCE,),
        examples=[["fd", "is"]],
        description="what is measured at each score, a curve each; fd is always one, which best goes by",
    )
    n: PositiveInt = Field(default=5000, description="generated and real images a score compares")
    probe_kimg: PositiveFloat = Field(default=4.0, description="how often a run is looked at for `diagnose`")

    @field_validator("metrics", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """`fd,is`, as `evaluate --metrics` takes several, is a list of them."""
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else value

    @field_validator("metrics")
    @classmethod
    def _once_with_the_distance(cls, value: tuple[LiveMetric, ...]) -> tuple[LiveMetric, ...]:
        if DISTANCE not in value or len(set(value)) < len(value):
            others = dict.fromkeys(name for name in value if name != DISTANCE)
            nearest = ",".join((DISTANCE, *others))
            raise PydanticCustomError("metrics", f"must have {DISTANCE}, and each once. Nearest: {nearest}")
        return value


class Recipe(Knobs):
    """The whole of a training."""

    summary: str = ""
    task: TaskChoice = Field(default=SynthesisTask(), description="what is made of what, and how it is learned")
    architecture: ArchitectureChoice
    data: Data = Data()
    objective: Objective = Field(default=NonSaturating(), description="what the two networks play for")
    regularizers: tuple[Regularizer, ...] = ()
    augmentation: Augmentation | None = None
    generator_optimizer: Optimizer = Optimizer()
    discriminator_optimizer: Optimizer = Optimizer()
    growth: Growth | None = None
    unrolling: Unrolling | None = None
    training: Training = Training()
    evaluation: Evaluation = Evaluation()

    @field_validator("task", mode="before")
    @classmethod
    def _bare_word(cls, value: Any) -> Any:
        """`task = "unpaired"`: the kind alone, which is how runs of earlier versions name theirs."""
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        problems = []
        kinds = [r.kind for r in self.regularizers]
        if repeated := sorted({k for k in kinds if kinds.count(k) > 1}):
            problems.append(f"regularizers: {', '.join(repeated)} stands twice; give each once.")
        training = self.training
        if training.micro_batch and training.batch % training.micro_batch:
            problems.append(
                f"training.micro_batch: must divide the batch of {training.batch}; got {training.micro_batch}. "
                f"Nearest: {nearest_number(training.micro_batch, divisors(training.batch))}."
            )
        growth = self.growth
        known = self.data.resolution != AS_STORED or self.data.crop is not None
        if growth and known and growth.start not in (legal := halvings(self.data.seen)):
            start, nearest = growth.start, nearest_number(growth.start, legal)
            problems.append(f"growth.start: must double to {self.data.side} px; got {start}. Nearest: {nearest}.")
        if problems:
            raise ValueError("\n".join(problems))
        return self
