"""What the two networks play for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ganstudio.recipe.base import Knobs
from ganstudio.recipe.numbers import NonNegative, Share


class _Weighted(Knobs):
    weight: NonNegative = Field(
        default=1.0,
        examples=[0.1],
        description="of the objective, beside penalties and a task's losses; 0 leaves it out",
    )
    top_k: Share = Field(
        default=1.0,
        examples=[{"start": 1.0, "end": 0.5}],
        description="share of the fakes, those that the critic takes for real most, that the generator learns from",
    )
    san: bool = Field(
        default=False, description="the critic's last layer is a direction of length 1 with a loss of its own (SAN)"
    )


class LabelTargets(_Weighted):
    real_label: Share = Field(
        default=1.0, examples=[0.9], description="critic's target on real images; 0.9 is one-sided smoothing"
    )
    fake_label: Share = Field(default=0.0, description="critic's target on fakes; 0.1 makes smoothing two-sided")
    flip: Share = Field(default=0.0, description="share of samples whose two targets are swapped, drawn each update")


class NonSaturating(LabelTargets):
    """Cross-entropy; the generator maximizes log D(G(z)), which keeps its slope."""

    kind: Literal["non_saturating"] = "non_saturating"


class Minimax(LabelTargets):
    """Cross-entropy; the generator minimizes log(1 - D(G(z))), which flattens where the critic is sure."""

    kind: Literal["minimax"] = "minimax"


class LeastSquares(LabelTargets):
    """Squared distance of the critic's output to its targets (LSGAN)."""

    kind: Literal["least_squares"] = "least_squares"


class Hinge(_Weighted):
    """Margins of 1 for the critic, its plain output for the generator (SNGAN)."""

    kind: Literal["hinge"] = "hinge"


class Wasserstein(_Weighted):
    """Plain means of the critic's output; it needs gradient_penalty or weight_clip (WGAN)."""

    kind: Literal["wasserstein"] = "wasserstein"


class Relativistic(_Weighted):
    """How much more real a real image looks than a fake one, pair by pair; it likes r1 and r2."""

    kind: Literal["relativistic"] = "relativistic"


class RelativisticAverage(_Weighted):
    """How much more real an image looks than the mean of the other side (RaGAN, ESRGAN)."""

    kind: Literal["relativistic_average"] = "relativistic_average"


Objective = Annotated[
    NonSaturating | Minimax | LeastSquares | Hinge | Wasserstein | Relativistic | RelativisticAverage,
    Field(discriminator="kind"),
]
