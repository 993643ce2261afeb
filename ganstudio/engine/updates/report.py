"""What one update of a side says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Side
from ganstudio.engine.terms.objectives.objective import Objective

Scalars = dict[str, Tensor]
SIGNALS = ("d_real", "d_fake", "p_real", "p_fake", "d_auc", "d_accuracy")


@dataclass
class UpdateReport:
    """Scalars by name: losses (each side's own under the side's name), penalties, and signals of the critic.

    `sign_real` is the mean sign of real logits against the objective's threshold, which adaptive augmentation reads.
    """

    side: Side
    losses: Scalars = field(default_factory=dict)
    penalties: Scalars = field(default_factory=dict)
    signals: Scalars = field(default_factory=dict)
    sign_real: Tensor | None = None
    grad_norm: Tensor | None = None
    update_ratio: Tensor | None = None

    def scalars(self) -> dict[tuple[str, str], Tensor]:
        """Every scalar by the field of a tick that it belongs to, and its name there."""
        groups: dict[str, Scalars] = {"losses": self.losses, "penalties": self.penalties, "signals": self.signals}
        for name, value in (("grad_norms", self.grad_norm), ("update_ratios", self.update_ratio)):
            groups[name] = {} if value is None else {self.side: value}
        return {(group, name): value for group, values in groups.items() for name, value in values.items()}


@torch.no_grad()
def add(totals: Scalars, values: Mapping[str, Tensor], weight: float) -> None:
    """Adds a part's `values`, which have this weight in the whole, to `totals`."""
    for name, value in values.items():
        totals[name] = totals.get(name, 0.0) + value.detach() * weight


@torch.no_grad()
def critic_signals(objective: Objective, judged: JudgedPair) -> Scalars:
    """Mean logits of real and fake, and their sigmoid where it means a probability.

    `d_auc` is the share of (real, fake) pairs that the critic puts in the right order (of micro-batches, and of
    processes, the mean over their own pairs), `d_accuracy` the share of images that it takes for what they are.
    """
    real, fake = judged.real.mean_logits(), judged.fake.mean_logits()
    signals = {"d_real": real.mean(), "d_fake": fake.mean(), "d_auc": ordered(real, fake)}
    if objective.probabilistic:
        signals |= {"p_real": real.sigmoid().mean(), "p_fake": fake.sigmoid().mean()}
    if (limit := objective.threshold) is not None:
        signals["d_accuracy"] = ((real > limit).float().mean() + (fake < limit).float().mean()) / 2
    return signals


@torch.no_grad()
def sign_of_real(objective: Objective, judged: JudgedPair) -> Tensor:
    """The mean sign of real logits against the objective's threshold (0 where it has none), in [-1, 1]."""
    return (judged.real.mean_logits() - (objective.threshold or 0.0)).sign().mean()


def ordered(high: Tensor, low: Tensor) -> Tensor:
    """The share of pairs of `high` [N] and `low` [M] in which the first is larger; a tie is half a pair."""
    apart = high[:, None] - low[None]
    return (apart.sign().mean() + 1) / 2
