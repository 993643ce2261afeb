"""The rules: pure functions from a case to its findings, one a trouble."""

from collections.abc import Callable, Iterator

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.rules import balance, course, learning, samples, surroundings

Rule = Callable[[Case], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    learning.not_finite,
    learning.learning_rate_too_high,
    learning.learning_rate_too_low,
    learning.vanishing_gradients,
    learning.penalty_blow_up,
    balance.discriminator_too_strong,
    balance.generator_too_strong,
    balance.discriminator_overfitting,
    samples.mode_collapse,
    samples.saturated_output,
    course.oscillation,
    course.divergence,
    course.stalled,
    surroundings.data_trouble,
    surroundings.throughput_trouble,
    surroundings.length_out_of_reach,
)
