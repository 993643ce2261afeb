"""What a training may measure beside its distance, of the same samples in the same features: IS, KID, precision, ..."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from torch import Tensor

from ganstudio.engine.evaluation import choice, metrics
from ganstudio.recipe.schema import DISTANCE, LiveMetric
from ganstudio.runs.direction import LOWER, Better

# the metric of metrics.py that gives each; several are computed together
_MEASURED_BY = {
    **{DISTANCE: "fid", "kid": "kid", "is": "is"},
    **dict.fromkeys(("precision", "recall", "density", "coverage"), "prdc"),
}
# Seconds, measured on two cores of 5,000 images a side in 2,048 features: precision and its like compare all pairs.
_SECONDS = MappingProxyType({"fid": 0.0, "kid": 12.0, "is": 0.5, "prdc": 8.0})
_MEASURED_DIM = 2048


@dataclass(frozen=True)
class Sides:
    """Features [N, D] of samples and data, and a classifier's logits [N, K] of the samples; see metrics.Sides."""

    fake: Tensor
    real: Tensor
    logits: Tensor | None


def better(metric: LiveMetric) -> Better:
    """Which way a metric is better."""
    return LOWER if metric in (DISTANCE, "kid") else "higher"


def score_measure(metric: LiveMetric) -> str:
    """What `score_name` calls it."""
    return "fid" if metric == DISTANCE else metric


def beside_distance(asked: Sequence[LiveMetric]) -> tuple[LiveMetric, ...]:
    """The metrics without the distance, which is computed as the samples come."""
    return tuple(metric for metric in asked if metric != DISTANCE)


def needs_data(asked: Sequence[LiveMetric]) -> bool:
    """Whether more of the data is needed than its mean and covariance."""
    return any(metric not in (DISTANCE, "is") for metric in asked)


def measured(asked: Sequence[LiveMetric], sides: Sides) -> list[float]:
    """The value of each metric; those that are made together are computed once. No global random state is used."""
    found: dict[str, float] = {}
    for metric in dict.fromkeys(_MEASURED_BY[one] for one in asked):
        found |= {name: value.value for name, value in metrics.measure(metric, sides).items()}
    return [found[metric] for metric in asked]


def expected_s(asked: Sequence[LiveMetric], dim: int) -> float:
    """Seconds that they take at most, beside looking at the images, of features `dim`."""
    return sum(_SECONDS[metric] for metric in {_MEASURED_BY[one] for one in asked}) * dim / _MEASURED_DIM


def refusal(asked: Sequence[LiveMetric], features: str, n: int) -> str | None:
    """A sentence on the first metric that such features of `n` images cannot give; None where they give all."""
    for metric in asked:
        least = metrics.LEAST[_MEASURED_BY[metric]]
        if metric == "is" and features in choice.WITHOUT_CLASSES:
            return f"is: needs the class probabilities of a classifier, and {features} has no classes."
        if metric != DISTANCE and n < least:
            return f"{metric}: needs {least:,} images on each side; {n:,} are compared in {features}."
    return None
