"""`training.compile` compiles what the loop calls."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ganstudio.engine.conformance import advance
from tests.engine.toys import LINEAR, WITNESS, session


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each compiled function was called, by network and function; it runs as it is."""
    calls: dict[str, int] = {}

    def compile_it(function: Callable[..., Any], *_arguments: Any, **_named: Any) -> Callable[..., Any]:
        name = f"{type(function.__self__).__name__}.{function.__name__}"
        calls[name] = 0

        def run(*arguments: Any, **named: Any) -> Any:
            calls[name] += 1
            return function(*arguments, **named)

        return run

    monkeypatch.setattr(torch, "compile", compile_it)
    return calls


def test_both_halves_of_a_generator_with_styles_are_compiled_and_called(
    compiled: dict[str, int], tmp_path: Path
) -> None:
    advance(session(tmp_path, WITNESS["staged_styles"], "training.compile=true", "regularizers=[]"), 1)
    # a fake for the critic and one for the generator; real and fake for the critic, fake for the generator
    assert compiled == {"Generator.mapping": 2, "Generator.synthesis": 2, "Critic._call_impl": 3}


@pytest.mark.parametrize(
    ("penalty", "left"),
    [("path_length", {"Critic._call_impl"}), ("r1", {"Generator.mapping", "Generator.synthesis"})],
)
def test_networks_that_a_penalty_differentiates_twice_are_not_compiled(
    penalty: str, left: set[str], compiled: dict[str, int], tmp_path: Path
) -> None:
    penalties = f'regularizers=[{{kind="{penalty}"}}]'
    session(tmp_path, WITNESS["staged_styles"], "training.compile=true", penalties)
    assert compiled.keys() == left


def test_compiled_networks_train_to_the_same_weights(compiled: dict[str, int], tmp_path: Path) -> None:
    settings = ("regularizers=[]", "augmentation=none")
    plain, fast = (
        advance(session(tmp_path, WITNESS["staged_styles"], *settings, f"training.compile={on}"), 2)
        for on in ("false", "true")
    )
    assert all(compiled.values())
    for a, b in zip(parameters(plain.nets.generators), parameters(fast.nets.generators), strict=True):
        assert torch.equal(a, b)


def test_a_copy_of_a_compiled_generator_calls_its_own_halves(compiled: dict[str, int], tmp_path: Path) -> None:
    net = session(tmp_path, WITNESS["staged_styles"], "training.compile=true", "regularizers=[]").nets.generators
    copied = copy.deepcopy(net["generator"])
    copied.mapping(torch.zeros(1, copied.z_dim), None)
    assert compiled["Generator.mapping"] == 0
    assert copied.mapping.__self__ is copied


def test_nothing_is_compiled_unless_asked(compiled: dict[str, int], tmp_path: Path) -> None:
    advance(session(tmp_path, LINEAR), 1)
    assert compiled == {}


def parameters(nets: dict[str, nn.Module]) -> list[torch.Tensor]:
    return [p for net in nets.values() for p in net.parameters()]
