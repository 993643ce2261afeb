"""Terms of a toy's own: when they are called, how they weigh, what they remember, what is reported of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, JudgedPair, StepContext
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate, update
from ganstudio.engine.tasks.synthesis import Synthesis
from ganstudio.engine.tasks.unpaired import Unpaired
from ganstudio.engine.telemetry import tick_fields
from ganstudio.engine.terms.term import Term, TermBase, TermResult
from ganstudio.errors import UsageError
from ganstudio.recipe.schema import Recipe
from tests.engine.toys import BATCH, LINEAR, SHIFTS, STILL, gradients, session


class Watching(TermBase):
    """Costs `slope` times the critic's first parameter, summed, and remembers how it was called."""

    side = "d"

    def __init__(self, name: str = "watching", slope: float = 0.0, **how: Any) -> None:
        self.name, self.slope, self.calls = name, slope, []
        vars(self).update(how)

    def __call__(self, context: StepContext, pairs: list[JudgedPair]) -> TermResult:
        self.calls.append((context.draw.rows, [judged.pair.critic for judged in pairs]))
        parameter = next(next(iter(context.nets.side(self.side).values())).parameters())
        return TermResult(self.slope * parameter.sum())


class Remembering(TermBase):
    """Costs nothing and remembers the mean logit of fakes."""

    name, side = "remembering", "d"

    def initial_state(self) -> dict[str, Tensor]:
        return {"mean": torch.zeros(())}

    def observe(self, state: dict[str, Tensor], observed: Mapping[str, Tensor]) -> None:
        state["mean"] += observed["mean"]

    def __call__(self, context: StepContext, pairs: list[JudgedPair]) -> TermResult:
        (judged,) = pairs
        mean = judged.fake.mean_logits().mean()
        return TermResult(0.0 * mean, {"mean": mean.detach()})


def with_terms(architecture: Architecture, *terms: Term) -> Architecture:
    """The toy with these terms besides those of its task."""
    base = Unpaired if architecture is SHIFTS else Synthesis

    class WithTerms(base):
        def terms(self, recipe: Recipe) -> list[Term]:
            return [*super().terms(recipe), *terms]

    return replace(architecture, task=lambda _recipe: WithTerms())


def toy_with(folder: Path, *terms: Term, architecture: Architecture = LINEAR, settings: Sequence[str] = ()) -> Session:
    return session(folder, with_terms(architecture, *terms), *STILL, *settings)


HALVES = [slice(0, 4), slice(4, 8)]


@pytest.mark.parametrize(
    ("scope", "calls"),
    [
        ("pair", [(rows, [critic]) for rows in HALVES for critic in ("a", "b")]),
        ("batch", [(rows, ["a", "b"]) for rows in HALVES]),
        ("update", [(slice(0, 8), [])]),
    ],
    ids=["pair", "batch", "update"],
)
def test_a_term_is_called_for_each_pair_for_each_micro_batch_or_once_an_update(
    scope: str, calls: list[Any], tmp_path: Path
) -> None:
    term = Watching(scope=scope)
    update(toy_with(tmp_path, term, architecture=SHIFTS, settings=("training.micro_batch=4",)), "d")
    assert term.calls == calls


@pytest.mark.parametrize("scope", ["pair", "batch", "update"])
@pytest.mark.parametrize("micro", ["none", 2])
def test_a_term_pulls_by_its_weight_however_the_batch_is_split(scope: str, micro: str | int, tmp_path: Path) -> None:
    plain = session(tmp_path, LINEAR, *STILL)
    weighted = toy_with(
        tmp_path, Watching(slope=2.0, scope=scope, weight=0.25), settings=(f"training.micro_batch={micro}",)
    )
    update(plain, "d")
    report = update(weighted, "d")
    extra = gradients(weighted, "d")[0] - gradients(plain, "d")[0]
    torch.testing.assert_close(extra, torch.full_like(extra, 0.5), rtol=1e-4, atol=1e-5)
    w = weighted.nets.critics["critic"].w
    torch.testing.assert_close(report.losses["d_watching"], 0.5 * w.detach().sum())


@pytest.mark.parametrize("scope", ["pair", "batch", "update"])
def test_a_lazy_term_is_as_many_times_as_strong_on_its_turn_and_not_called_between(scope: str, tmp_path: Path) -> None:
    term = Watching(slope=1.0, scope=scope, every=3)
    plain, lazy = session(tmp_path, LINEAR, *STILL), toy_with(tmp_path, term)
    for turn in range(4):
        update(plain, "d")
        update(lazy, "d")
        extra = gradients(lazy, "d")[0] - gradients(plain, "d")[0]
        expected = torch.full_like(extra, 3.0 if turn % 3 == 0 else 0.0)
        torch.testing.assert_close(extra, expected, rtol=1e-4, atol=1e-5)
    assert len(term.calls) == 2


def test_a_term_of_one_side_is_never_called_on_the_other(tmp_path: Path) -> None:
    terms = {side: Watching(side=side, name=side) for side in ("d", "g")}
    toy = toy_with(tmp_path, *terms.values(), settings=("training.critic_steps=3",))
    list(iterate(toy))
    assert {side: len(term.calls) for side, term in terms.items()} == {"d": 3, "g": 1}


def test_each_critic_has_a_memory_of_its_own_of_the_whole_update(tmp_path: Path) -> None:
    toy = toy_with(tmp_path, Remembering(), architecture=SHIFTS, settings=("training.micro_batch=2",))
    fakes: dict[str, list[Tensor]] = {"a": [], "b": []}
    for name, critic in toy.nets.critics.items():
        critic.register_forward_hook(lambda _net, _given, made, name=name: fakes[name].append(made.logits.detach()))
    update(toy, "d")
    memory = toy.memory["d"]["remembering"]
    assert memory.keys() == {"a", "b"}
    for name, logits in fakes.items():
        torch.testing.assert_close(memory[name]["mean"], torch.cat(logits[1::2]).mean())  # each after its real images
    assert memory["a"]["mean"] != memory["b"]["mean"]


def test_a_memory_goes_through_a_checkpoint(tmp_path: Path) -> None:
    toy, again = (toy_with(tmp_path, Remembering(), architecture=SHIFTS) for _ in range(2))
    update(toy, "d")
    again.load_state_dict(toy.state_dict())
    assert again.memory["d"]["remembering"] == toy.memory["d"]["remembering"]
    assert again.memory["d"]["remembering"]["a"]["mean"] != 0.0


def test_two_terms_of_one_name_are_refused_on_one_side_and_welcome_on_two(tmp_path: Path) -> None:
    toy_with(tmp_path, Watching(), Watching(side="g"))
    with pytest.raises(UsageError, match="watching"):
        toy_with(tmp_path, Watching(), Watching(scope="update"))
    with pytest.raises(UsageError, match="r1"):
        toy_with(tmp_path, Watching("r1"), settings=('regularizers=[{kind="r1"}]',))


def test_two_terms_may_not_learn_modules_of_one_name(tmp_path: Path) -> None:
    class Learning(Watching):
        def networks(self, nets: Any, shape: Any) -> dict[str, nn.Module]:
            return {"head": nn.Linear(1, 1)}

    assert toy_with(tmp_path, Learning()).nets.extras["d"].keys() == {"head"}
    for other in (Learning("other"), Learning("other", side="g")):
        with pytest.raises(UsageError, match="head"):
            toy_with(tmp_path, Learning(), other)


def test_a_tick_has_losses_and_penalties_by_name_whatever_the_names_are(tmp_path: Path) -> None:
    odd = [Watching(name, slope=1.0, group="losses") for name in ("penalty_mine", "real")]
    toy = toy_with(tmp_path, *odd, Watching("d_real", slope=1.0, group="penalties"))
    fields = tick_fields({name: value.item() for name, value in update(toy, "d").scalars().items()}, {}, None)
    assert fields["losses"].keys() == {"d", "d_penalty_mine", "d_real"}
    assert fields["penalties"].keys() == {"d_real"}
    assert fields["d_real"] not in (fields["losses"]["d_real"], fields["penalties"]["d_real"])
    assert fields["grad_norms"].keys() == {"d"}


def test_a_critic_that_no_term_asks_is_not_called(tmp_path: Path) -> None:
    toy = toy_with(tmp_path, Watching(side="g", needs=frozenset()), settings=("objective.weight=0",))
    calls: list[Any] = []
    toy.nets.critics["critic"].register_forward_pre_hook(lambda *given: calls.append(given))
    assert [report.side for report in iterate(toy)] == ["g"]
    assert calls == []
    assert toy.progress.nimg == BATCH


@pytest.mark.parametrize("setting", ["objective.weight=0", "training.critic_steps=0"])
def test_terms_that_ask_a_critic_wait_until_critics_train(setting: str, tmp_path: Path) -> None:
    asking, alone = Watching("asking", side="g"), Watching("alone", side="g", needs=frozenset())
    list(iterate(toy_with(tmp_path, asking, alone, settings=(setting,))))
    assert (len(asking.calls), len(alone.calls)) == (0, 1)


def test_a_side_that_weights_alone_teach_learns(tmp_path: Path) -> None:
    term = Watching(side="g", slope=3.0, scope="update", needs=frozenset())
    toy = toy_with(tmp_path, term, settings=("objective.weight=0",))
    update(toy, "g")
    image = toy.nets.generators["generator"].image
    torch.testing.assert_close(image.grad, torch.full_like(image, 3.0))
