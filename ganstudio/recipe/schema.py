"""Every knob of a training, once. Each knob has a reader in the engine; absent means off."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ganstudio.errors import UsageError, nearest_number
from ganstudio.recipe.allowed_values import divisors, halvings
from ganstudio.recipe.knob_base import Knobs as Knobs
from ganstudio.recipe.task_choices import SynthesisTask, TaskChoice

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Beta = Annotated[float, Field(ge=0.0, lt=1.0)]
AS_STORED: Literal["data"] = "data"  # the resolution that a data set has


class ArchitectureChoice(Knobs):
    """Which networks. The options beside `id` are the architecture's own and are checked by its file."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    id: str = Field(examples=["mlp"], description="file name in engine/architectures, or of the user's own file")

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Data(Knobs):
    resolution: PositiveInt | Literal["data"] = Field(
        default=32,
        description="side of the square images that the networks see, in pixels; data is the side that the set is "
        "stored in",
    )
    mirror: bool = Field(default=False, description="flip half of the real images left to right")
    held_out: Fraction = Field(
        default=0.02, description="share never trained on, to see whether the critic learns images by heart; 0 is none"
    )

    @field_validator("resolution", mode="before")
    @classmethod
    def _side_or_word(cls, value: Any) -> Any:
        """Checks the type once: of a union pydantic would complain once for each member."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value == AS_STORED or (number and value > 0 and float(value).is_integer()):
            return value
        raise PydanticCustomError("side", "must be a whole number above 0, or data")

    @property
    def side(self) -> int:
        """The resolution in pixels. Raises UsageError while that waits for a data set."""
        if self.resolution == AS_STORED:
            raise UsageError("data.resolution: data is the size of a data set, and there is none here. Nearest: 32.")
        return self.resolution


class _Objective(Knobs):
    weight: NonNegativeFloat = Field(
        default=1.0, description="of the objective on both sides; 0 trains without critics, on the task's own losses"
    )


class LabelTargets(_Objective):
    real_label: Fraction = Field(
        default=1.0, examples=[0.9], description="critic's target on real images; 0.9 is one-sided smoothing"
    )
    fake_label: Fraction = Field(default=0.0, description="critic's target on fakes; 0.1 makes smoothing two-sided")
    flip: Fraction = Field(default=0.0, description="share of samples whose two targets are swapped, drawn each update")


class NonSaturating(LabelTargets):
    """Cross-entropy; the generator maximizes log D(G(z)), which keeps its slope."""

    kind: Literal["non_saturating"] = "non_saturating"


class Minimax(LabelTargets):
    """Cross-entropy; the generator minimizes log(1 - D(G(z))), which flattens where the critic is sure."""

    kind: Literal["minimax"] = "minimax"


class LeastSquares(LabelTargets):
    """Squared distance of the critic's output to its targets (LSGAN)."""

    kind: Literal["least_squares"] = "least_squares"


class Hinge(_Objective):
    """Margins of 1 for the critic, its plain output for the generator (SNGAN)."""

    kind: Literal["hinge"] = "hinge"


class Wasserstein(_Objective):
    """Plain means of the critic's output; it needs gradient_penalty or weight_clip (WGAN)."""

    kind: Literal["wasserstein"] = "wasserstein"


class Relativistic(_Objective):
    """How much more real a real image looks than a fake one, pair by pair; it likes r1 and r2."""

    kind: Literal["relativistic"] = "relativistic"


Objective = Annotated[
    NonSaturating | Minimax | LeastSquares | Hinge | Wasserstein | Relativistic, Field(discriminator="kind")
]


class _Lazy(Knobs):
    every: PositiveInt = Field(default=1, description="applied on every so many-th update, times as strong")


class GradientPenalty(_Lazy):
    """The critic's gradient between a real image and a fake is held at a norm (WGAN-GP)."""

    kind: Literal["gradient_penalty"] = "gradient_penalty"
    weight: PositiveFloat = Field(default=10.0, description="lambda, how strong the penalty is")
    target: NonNegativeFloat = Field(default=1.0, description="the gradient norm that costs nothing")


class R1(_Lazy):
    """The critic's gradient at real images is kept small."""

    kind: Literal["r1"] = "r1"
    gamma: PositiveFloat = Field(default=10.0, description="gamma; the loss gets gamma/2 times the squared norm")


class R2(_Lazy):
    """The critic's gradient at generated images is kept small."""

    kind: Literal["r2"] = "r2"
    gamma: PositiveFloat = Field(default=10.0, description="as r1, on the generator's images")


class PathLength(_Lazy):
    """A step in w moves every image equally far; for generators with styles (StyleGAN2)."""

    kind: Literal["path_length"] = "path_length"
    every: PositiveInt = Field(default=4, description="applied on every so many-th update, times as strong")
    weight: PositiveFloat = Field(default=2.0, description="of the squared distance from the running mean of lengths")
    decay: Fraction = Field(default=0.01, description="how fast the running mean of lengths follows")


class FeatureMatching(_Lazy):
    """The generator also matches the means of the critic's features."""

    kind: Literal["feature_matching"] = "feature_matching"
    weight: PositiveFloat = Field(default=1.0, description="of the distance between the critic's features of both")


class WeightClip(Knobs):
    """The critic's weights are cut off after each of its updates (WGAN)."""

    kind: Literal["weight_clip"] = "weight_clip"
    limit: PositiveFloat = Field(default=0.01, description="critic weights stay in [-limit, limit]")


Regularizer = Annotated[
    GradientPenalty | R1 | R2 | PathLength | FeatureMatching | WeightClip, Field(discriminator="kind")
]


class Constant(Knobs):
    """The same all along."""

    kind: Literal["constant"] = "constant"
    value: Fraction = Field(default=1.0, description="p, from the first image to the last")


class Ramp(Knobs):
    """It grows along a straight line."""

    kind: Literal["ramp"] = "ramp"
    start: Fraction = Field(default=0.0, description="p at the first image")
    end: Fraction = Field(default=0.5, description="p once `kimg` have passed")
    kimg: PositiveFloat = Field(default=500.0, description="images over which p goes from start to end")


class Adaptive(Knobs):
    """It follows how sure the critic is of real images (ADA)."""

    kind: Literal["adaptive"] = "adaptive"
    target: Fraction = Field(default=0.6, description="the mean sign of real logits to keep")
    kimg: PositiveFloat = Field(default=500.0, description="images over which p can move by 1")
    interval: PositiveInt = Field(default=4, description="updates of the critic between two moves of p")
    limit: Fraction = Field(default=0.85, description="p never exceeds this: at 1 the critic never sees a clean image")


Probability = Annotated[Constant | Ramp | Adaptive, Field(discriminator="kind")]


def _knobs_by_kind(union: Any) -> dict[str, tuple[str, ...]]:
    members: tuple[type[Knobs], ...] = get_args(get_args(union)[0])
    return {member.model_fields["kind"].default: tuple(member.model_fields) for member in members}


# Tables that are one of several kinds, the first unless another is named, and lists of such: the knobs of each kind.
KINDS = {
    "task": _knobs_by_kind(TaskChoice),
    "objective": _knobs_by_kind(Objective),
    "augmentation.p": _knobs_by_kind(Probability),
}
LISTS = {"regularizers": _knobs_by_kind(Regularizer)}
SECTIONS = ("augmentation", "growth", "unrolling")  # there or not


class Augmentation(Knobs):
    """What the critic sees is changed, real and fake alike: for few images (DiffAugment, ADA)."""

    policy: tuple[Literal["color", "translation", "cutout"], ...] = Field(
        default=("color", "translation", "cutout"),
        min_length=1,
        examples=[["color", "translation"]],
        description="which differentiable changes",
    )
    p: Probability = Field(default=Constant(), description="the chance that a change is applied to a sample")


class Optimizer(Knobs):
    kind: Literal["adam", "rmsprop"] = Field(default="adam", description="how gradients become updates")
    lr: NonNegativeFloat = Field(default=2e-4, description="learning rate; 0 holds the side still")
    betas: tuple[Beta, Beta] = Field(
        default=(0.5, 0.999), examples=[[0.0, 0.9]], description="rmsprop reads the second as its smoothing"
    )


EARLY = "the first at 1, 2, 5, 10, 20, ... kimg"


class Growth(Knobs):
    """Progressive growing (Karras et al. 2017, arXiv:1710.10196): from `start` pixels to the target resolution."""

    start: PositiveInt = Field(default=8, description="resolution of the first stage")
    until: Fraction = Field(default=0.5, description="share of the length after which the target is reached")


class Unrolling(Knobs):
    """The generator is judged by critics some updates ahead (unrolled GAN)."""

    steps: PositiveInt = Field(default=3, description="updates of the critic that are looked ahead")
    lr: PositiveFloat = Field(
        default=1e-3, description="learning rate of these updates, which are plain gradient steps"
    )


class Training(Knobs):
    batch: PositiveInt = Field(default=64, description="images an update, over all processes")
    micro_batch: PositiveInt | None = Field(
        default=None, examples=[16], description="images at once; gradients add up to a batch"
    )
    kimg: PositiveFloat = Field(default=1000.0, description="length: thousands of real images that the critic sees")
    critic_steps: NonNegativeInt = Field(
        default=1, description="updates of the critic in an iteration; 0 trains without critics"
    )
    generator_steps: PositiveInt = Field(default=1, description="updates of the generator in an iteration")
    ema_kimg: NonNegativeFloat = Field(default=10.0, description="half-life of the generator's average; 0 is off")
    ema_ramp: PositiveFloat | None = Field(default=0.05, description="half-life is at most this share of nimg")
    sample_kimg: PositiveFloat = Field(default=20.0, description=f"from one grid of samples to the next; {EARLY}")
    checkpoint_kimg: PositiveFloat = Field(default=50.0, description=f"from one checkpoint to the next; {EARLY}")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto", description="of the networks' arithmetic; auto goes by the device"
    )
    reuse_fakes: bool = Field(
        default=False, description="the generator's update judges the fakes of the critic's, and spares drawing its own"
    )
    compile: bool = Field(default=False, description="torch.compile; no networks whose penalty differentiates twice")


class Evaluation(Knobs):
    every_kimg: PositiveFloat = Field(default=50.0, description=f"from one score to the next; {EARLY}")
    features: Literal["auto", "inception", "dinov2", "efficientnet-lite0", "lenet", "none"] = Field(
        default="auto", description="the network whose features the score compares; auto goes by data and device"
    )
    n: PositiveInt = Field(default=5000, description="generated and real images a score compares")
    probe_kimg: PositiveFloat = Field(default=4.0, description="how often a run is looked at for `diagnose`")

    @field_validator("features", mode="before")
    @classmethod
    def _none_is_a_word(cls, value: Any) -> Any:
        """`--set evaluation.features=none`, which reads as no value at all."""
        return "none" if value is None else value


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
        resolution, growth = self.data.resolution, self.growth
        if growth and resolution != AS_STORED and growth.start not in (legal := halvings(resolution)):
            start, nearest = growth.start, nearest_number(growth.start, legal)
            problems.append(f"growth.start: must double to {resolution} px; got {start}. Nearest: {nearest}.")
        if problems:
            raise ValueError("\n".join(problems))
        return self
