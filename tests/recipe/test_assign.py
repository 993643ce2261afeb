"""`--set` on lists by kind, on what is off and on tables of several kinds; what it says of keys that there are not."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from ganstudio.errors import RecipeError, nearest_number
from ganstudio.recipe.assign import assign
from ganstudio.recipe.knobs import recipe_schema
from ganstudio.recipe.load import dump, parse_value, resolve
from ganstudio.recipe.schema import KINDS, LISTS, SECTIONS, Hinge, Recipe
from ganstudio.recipe.task_choices import SynthesisTask

TABLE: dict[str, Any] = {
    "architecture": {"id": "dcgan", "channels": 64},
    "objective": {"kind": "non_saturating"},
    "regularizers": [{"kind": "r1", "gamma": 1.0}],
}


def made(*settings: str, table: dict[str, Any] = TABLE) -> dict[str, Any]:
    return dump(resolve(table, settings, "mine"))


def penalties(*settings: str, table: dict[str, Any] = TABLE) -> dict[str, Any]:
    """Of each penalty that is on, how strong it is."""
    listed = made(*settings, table=table)["regularizers"]
    return {one["kind"]: one.get("gamma", one.get("weight", one.get("limit"))) for one in listed}


def problem(*settings: str) -> str:
    with pytest.raises(RecipeError) as raised:
        resolve(TABLE, settings, "mine")
    [line] = raised.value.problems
    return line


@pytest.mark.parametrize(
    ("settings", "then"),
    [
        (["regularizers.r1.gamma=5"], {"r1": 5.0}),
        (["regularizers.r2.gamma=5"], {"r1": 1.0, "r2": 5.0}),
        (["regularizers.r2=on"], {"r1": 1.0, "r2": 10.0}),
        (["regularizers.r1=on"], {"r1": 1.0}),
        (["regularizers.r1=off"], {}),
        (["regularizers.r1=none"], {}),
        (["regularizers.r2=off"], {"r1": 1.0}),
        (["regularizers.r1=off", "regularizers.gradient_penalty.weight=2"], {"gradient_penalty": 2.0}),
        (["regularizers.r2={gamma=4}"], {"r1": 1.0, "r2": 4.0}),
        (["regularizers.0.gamma=3"], {"r1": 3.0}),
        (["regularizers=off"], {}),
    ],
)
def test_an_entry_of_a_list_by_kind_is_added_changed_and_removed(settings: list[str], then: dict[str, Any]) -> None:
    assert penalties(*settings) == then


@pytest.mark.parametrize("kind", LISTS["regularizers"])
def test_every_kind_is_added_to_a_recipe_that_has_none_and_removed_again(kind: str) -> None:
    bare = {"architecture": {"id": "dcgan"}}
    assert list(penalties(f"regularizers.{kind}=on", table=bare)) == [kind]
    assert penalties(f"regularizers.{kind}=on", f"regularizers.{kind}=off", table=bare) == {}


def test_every_list_by_kind_table_of_kinds_and_optional_section_of_the_recipe_is_known() -> None:
    schema = recipe_schema()
    lists = {name for name, node in schema["properties"].items() if "oneOf" in node.get("items", {})}
    sections = {name for name, node in schema["properties"].items() if {"type": "null"} in node.get("anyOf", ())}
    assert (lists, sections) == (set(LISTS), set(SECTIONS))
    for path, kinds in KINDS.items():
        defaults = dump(Recipe.model_validate({**TABLE, "augmentation": {}}))
        for part in path.split("."):
            defaults = defaults[part]
        assert defaults["kind"] == next(iter(kinds))


def test_a_knob_of_what_is_off_turns_it_on() -> None:
    off = dump(resolve(TABLE, (), "mine"))
    assert off["augmentation"] is None
    for table in (TABLE, off):
        assert made("augmentation.p.value=0.3", table=table)["augmentation"]["p"] == {"kind": "constant", "value": 0.3}
        assert made("growth.start=16", table=table)["growth"]["start"] == 16
        assert made("augmentation=on", table=table)["augmentation"]["p"]["kind"] == "constant"
    on = made('augmentation.policy=["color"]')
    assert made("augmentation=on", table=on) == on
    assert made("augmentation=off", table=on)["augmentation"] is None


def test_one_of_several_kinds_may_be_named_alone() -> None:
    assert made("objective=hinge")["objective"] == Hinge().model_dump()
    assert made("augmentation.p.target=0.5", "augmentation.p=adaptive")["augmentation"]["p"]["target"] == 0.5
    assert "unknown kind 'hing'. Did you mean 'hinge'?" in problem("objective=hing")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("lr=1e-4", "lr: unknown key. Did you mean 'generator_optimizer.lr' or 'discriminator_optimizer.lr'?"),
        ("optimizer.lr=1", "optimizer.lr: unknown key. Did you mean 'generator_optimizer.lr' or"),
        ("learning_rate=1", "Did you mean 'generator_optimizer.lr' or 'discriminator_optimizer.lr'?"),
        ("training.lr=1", "Did you mean 'generator_optimizer.lr' or 'discriminator_optimizer.lr'?"),
        ("batch_size=8", "Did you mean 'training.batch'?"),
        ("mirror=true", "Did you mean 'data.mirror'?"),
        ("channels=8", "Did you mean 'architecture.channels'?"),
        ("checkpoint=5", "Did you mean 'training.checkpoint_kimg'?"),
        ("r1.gamma=5", "Did you mean 'regularizers.r1.gamma'?"),
        ("regularizer.r1.gamma=5", "Did you mean 'regularizers.r1.gamma'?"),
        ("regularizers.r1.weight=5", "regularizers.r1.weight: unknown key. Did you mean 'regularizers.r1.gamma'?"),
        ("regularizers.gradient_penalty.gamma=5", "Did you mean 'regularizers.gradient_penalty.weight'?"),
        ("regularizers.weight_clip.weight=1", "Did you mean 'regularizers.weight_clip.limit'?"),
        ("regularizers.r1=5", "regularizers.r1=5: must be on or off. Did you mean 'regularizers.r1.gamma=5'?"),
        ("regularizers=r1", "regularizers=r1: is a list. Did you mean 'regularizers.r1=on'?"),
        ("regularizers.gradientpenalty=on", "Did you mean 'regularizers.gradient_penalty'?"),
        ("regularizers.r1.every=0", "regularizers.r1.every: input should be greater than 0; got 0."),
        ("architecture.channels.x=1", "architecture.channels.x: architecture.channels is a value, not a table."),
        (
            "regularizers.r1.gamma.ends=1",
            "regularizers.r1.gamma.ends: unknown key. Did you mean 'regularizers.r1.gamma.e",
        ),
        ("augmentation.p.target=0.5", "It is a knob of adaptive: augmentation.p.kind=adaptive goes with it."),
        (
            "growth=16",
            "growth: holds knobs of its own and takes no value; got 16. Its knobs: growth.start, growth.until.",
        ),
    ],
)
def test_a_key_that_is_none_is_corrected_with_the_full_one(setting: str, says: str) -> None:
    assert says in problem(setting)


@pytest.mark.parametrize("value", ["5", "on", "off", "x", "[]", "{a=1}", "none", "true", "[{kind=1}]", "[1]"])
@pytest.mark.parametrize(
    "key", ["regularizers", "regularizers.r1", "regularizers.0", "augmentation", "objective", "a.b"]
)
def test_whatever_is_set_is_a_recipe_or_a_recipe_error(key: str, value: str) -> None:
    for table in (TABLE, {**TABLE, "regularizers": 3}, {**TABLE, "regularizers": {"r1": 1}}):
        with contextlib.suppress(RecipeError):
            resolve(table, [f"{key}={value}"], "mine")


def test_a_table_is_changed_and_nothing_else() -> None:
    table: dict[str, Any] = {}
    assert assign(table, "data.mirror", parse_value("true")) == []
    assert table == {"data": {"mirror": True}}


@pytest.mark.parametrize(("given", "near"), [(48, 64), (40, 32), (45, 32), (46, 64), (3, 8), (900, 256)])
def test_the_nearest_number_is_the_smallest_factor_away(given: int, near: int) -> None:
    assert nearest_number(given, [8, 16, 32, 64, 128, 256]) == near


@pytest.mark.parametrize(
    ("settings", "then"),
    [
        ([], SynthesisTask().model_dump(mode="json")),
        (["task=unpaired"], {"kind": "unpaired", "cycle": 10.0, "identity": 5.0, "pool": 50}),
        (["task=unpaired", "task.cycle=5"], {"kind": "unpaired", "cycle": 5.0, "identity": 5.0, "pool": 50}),
        (["task.class_weight=2"], SynthesisTask(class_weight=2.0).model_dump(mode="json")),
    ],
)
def test_a_bare_word_is_short_for_a_task_s_defaults_and_takes_knobs(settings: list[str], then: dict[str, Any]) -> None:
    assert made(*settings, table={**TABLE, "task": "synthesis"})["task"] == then
