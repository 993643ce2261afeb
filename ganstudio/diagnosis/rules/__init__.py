"""The rules: pure functions from a case to its findings, one a trouble."""

from collections.abc import Callable, Iterator

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.rules import balance, convergence, data_and_machine, learning, samples, translation

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
    samples.condition_ignored,
    translation.copied_input,
    convergence.oscillation,
    convergence.divergence,
    convergence.stalled,
    data_and_machine.data_trouble,
    data_and_machine.throughput_trouble,
    data_and_machine.length_out_of_reach,
)
