"""What a term is: anything that is minimized, an objective, a penalty, a task's loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from torch import Tensor, nn

from ganstudio.engine.contract import DataShape, JudgedPair, Nets, Side, StepContext
from ganstudio.recipe.numbers import Number

Scope = Literal["pair", "batch", "update"]
Group = Literal["adversarial", "losses", "penalties"]
# What a term has to be given. real: real images; critic: the critic's answers, with real to real images too; features:
# answers with features; real_grad, fake_grad: answers that can be differentiated by the images; latents: fakes that can
# be by their inputs; second_critic: it calls the critic itself and differentiates twice.
Need = Literal["real", "critic", "features", "real_grad", "fake_grad", "latents", "second_critic"]
ASKS_CRITIC: frozenset[Need] = frozenset({"critic", "features", "real_grad", "fake_grad", "second_critic"})
DIFFERENTIATES_TWICE = frozenset({"real_grad", "fake_grad", "latents", "second_critic"})


@dataclass(frozen=True)
class TermResult:
    """`value` [N] or a scalar, before its weight; `observed` are means that the loop averages over the update."""

    value: Tensor
    observed: Mapping[str, Tensor] = field(default_factory=dict)


class Term(Protocol):
    """Anything that is minimized: an objective, a penalty, a task's loss.

    `scope` is what it is called for: `pair`, each judged pair; `batch`, once a micro-batch, with all pairs; `update`,
    once an update, for the weights alone. `group` is what its value is reported among.
    """

    @property
    def name(self) -> str: ...

    @property
    def side(self) -> Side: ...

    @property
    def scope(self) -> Scope: ...

    @property
    def group(self) -> Group: ...

    @property
    def weight(self) -> Number: ...

    @property
    def every(self) -> int:
        """On every so many-th update of its side, times as strong."""

    @property
    def needs(self) -> frozenset[Need]: ...

    @property
    def whole_batch(self) -> str | None:
        """What it says of parts of a batch, which do not add up to the same update; None where they do."""

    @property
    def reads(self) -> frozenset[str]:
        """The pretrained networks whose answers it minimizes, as `evaluation.features` has them."""

    def require(self) -> None:
        """Raises RecipeError where something that it stands on is not on this machine."""

    def networks(self, nets: Nets, shape: DataShape) -> dict[str, nn.Module]:
        """Modules that learn with its side, by name; they are put into `nets.extras`."""

    def initial_state(self) -> dict[str, Tensor]: ...

    def observe(self, state: dict[str, Tensor], observed: Mapping[str, Tensor]) -> None:
        """Moves its state by what the whole update observed; called once an update, after the step."""

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:
        """What it costs; None where these networks give it nothing to look at."""


class TermBase:
    """What most terms have in common: one pair at a time, of weight 1, at every update, without memory or networks."""

    name: str
    side: Side
    scope: Scope = "pair"
    group: Group = "losses"
    weight: Number = 1.0
    every: int = 1
    needs: frozenset[Need] = frozenset({"critic"})
    whole_batch: str | None = None
    reads: frozenset[str] = frozenset()

    def require(self) -> None:
        pass

    def networks(self, nets: Nets, shape: DataShape) -> dict[str, nn.Module]:  # noqa: ARG002
        return {}

    def initial_state(self) -> dict[str, Tensor]:
        return {}

    def observe(self, state: dict[str, Tensor], observed: Mapping[str, Tensor]) -> None:
        pass


class Constraint(Protocol):
    """What is done to the critics' weights after each of their steps."""

    def after_step(self, critics: dict[str, nn.Module], value: Callable[[Number], float]) -> None:
        """`value` says what a number of the recipe is now."""
