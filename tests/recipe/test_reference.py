"""The list of every key: complete, with examples that work."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ganstudio.errors import UsageError
from ganstudio.recipe.knobs import Knob, knobs, recipe_schema
from ganstudio.recipe.load import dump, preset_names, read_preset, resolve
from ganstudio.recipe.reference import as_json, default, example, matching_knobs, reference
from ganstudio.recipe.schema import SECTIONS
from ganstudio.recipe.settings import as_setting
from ganstudio.workspace import Workspace

OPTIONS = {
    "mine": {"properties": {"width": {"type": "integer", "default": 3, "description": "of a layer"}}},
    "yours": {"properties": {"width": {"type": "integer", "default": 3, "description": "of a layer"}}},
}
ALL = reference(OPTIONS)


def test_every_knob_of_every_preset_is_listed() -> None:
    keys = {knob.key for knob in ALL}
    for name in preset_names(Workspace.locate()):
        table = dump(resolve(read_preset(name, Workspace.locate()), (), name))
        assert {knob.key for knob in knobs(recipe_schema(), table)} <= keys


@pytest.mark.parametrize("knob", [knob for knob in ALL if "width" not in knob.key], ids=lambda knob: knob.key)
def test_every_example_is_a_recipe_and_changes_something(knob: Knob) -> None:
    above = knob.key.rpartition(".")[0]
    kind = [f"{above}.kind={knob.of[0]}"] if knob.of else []
    before: dict[str, Any] = {"architecture": {"id": "dcgan"}}
    key, _, value = example(knob).partition("=")
    assert key == knob.key
    assert value != default(knob)
    assert resolve(before, [*kind, example(knob)], "x") != resolve(before, kind, "x")


def test_the_default_that_is_told_is_that_of_a_recipe_which_says_nothing() -> None:
    for knob in ALL:
        if knob.turn == "switch" or knob.key.startswith(("architecture.", "regularizers.")):
            continue
        above, (section, _, rest) = knob.key.rpartition(".")[0], knob.key.partition(".")
        on = [f"{section}=on"] if section in SECTIONS else []
        kind = [f"{above}.kind={knob.of[0]}"] if knob.of else []
        here: Any = dump(resolve({"architecture": {"id": "dcgan"}}, [*on, *kind], "x"))[section]
        for part in filter(None, rest.split(".")):
            here = here[part]
        assert default(knob) == as_setting(here), knob.key


def test_what_several_kinds_or_architectures_have_alike_is_listed_once_and_names_them() -> None:
    [width] = [knob for knob in ALL if knob.key == "architecture.width"]
    assert width.of == ("mine", "yours")
    [smoothing] = [knob for knob in ALL if knob.key == "objective.real_label"]
    assert smoothing.of == ("non_saturating", "minimax", "least_squares")
    twice = [key for key, count in Counter(knob.key for knob in ALL).items() if count > 1]
    assert twice == ["augmentation.p.kimg"]  # two kinds mean another thing by it


def test_a_pattern_finds_keys_first_and_meanings_else() -> None:
    def found(pattern: str) -> list[str]:
        return [knob.key for knob in matching_knobs(ALL, pattern)]

    assert found("LR") == ["generator_optimizer.lr", "discriminator_optimizer.lr", "unrolling.lr"]
    assert found("growth*") == ["growth", "growth.start", "growth.until"]
    assert found("smoothing")[:1] == ["objective.real_label"]
    assert found("WGAN-GP") == ["regularizers.gradient_penalty"]
    with pytest.raises(UsageError, match="Did you mean 'gamma'"):
        found("gama")
    with pytest.raises(UsageError, match=r"Known: architecture, augmentation, data, .*task, training, unrolling\."):
        found("xyz")


def test_json_has_the_value_as_it_is() -> None:
    [betas] = [as_json(knob) for knob in ALL if knob.key == "generator_optimizer.betas"]
    assert betas == {
        "key": "generator_optimizer.betas",
        "default": [0.5, 0.999],
        "range": "[0 … <1, 0 … <1], each or a schedule",
        "meaning": "rmsprop reads the second as its smoothing",
        "kinds": {},
        "example": "generator_optimizer.betas=[0, 0.9]",
        "only": [],
        "changes": True,
    }
