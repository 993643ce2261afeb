"""What penalties and constraints are: what they may look at, what they return, when they are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, Judged, Side
from ganstudio.engine.draws import Draw

Need = Literal["real", "real_grad", "fake_grad", "latents", "features"]


@dataclass(frozen=True)
class Evidence:
    """What a penalty may look at: a judged pair, the critic as the loop calls it (through the augmentation), draws."""

    judged: Judged
    critic: Callable[[Tensor, Condition, str], CriticOutput]
    draw: Draw
    state: dict[str, Tensor]


@dataclass(frozen=True)
class Penalty:
    """`value` [N] or a scalar; `observed` are means that the loop averages over the batch and hands to `observe`."""

    value: Tensor
    observed: dict[str, Tensor] = field(default_factory=dict)


class Regularizer(Protocol):
    """A penalty. `needs` says what has to be there when it is called; the loop provides it."""

    @property
    def name(self) -> str: ...

    @property
    def side(self) -> Side: ...

    @property
    def needs(self) -> frozenset[Need]: ...

    @property
    def every(self) -> int: ...

    def initial_state(self) -> dict[str, Tensor]: ...

    def __call__(self, evidence: Evidence) -> Penalty: ...

    def observe(self, state: dict[str, Tensor], observed: dict[str, Tensor]) -> None:
        """Moves the state by what the whole update observed; called once an update, after the step."""


class Constraint(Protocol):
    def after_step(self, critics: dict[str, nn.Module]) -> None: ...


class Stateless:
    """Base of penalties that remember nothing."""

    def initial_state(self) -> dict[str, Tensor]:
        return {}

    def observe(self, state: dict[str, Tensor], observed: dict[str, Tensor]) -> None:
        pass
