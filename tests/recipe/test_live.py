"""Knobs that change while a run trains: which can, what they may be, and the recipe that comes of it."""

from __future__ import annotations

import json
import shlex

import pytest

from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe import live
from ganstudio.recipe.knobs import every_knob, numbers, recipe_schema
from ganstudio.recipe.load import dump, resolve
from ganstudio.recipe.numbers import Transition, value_at
from ganstudio.recipe.schema import LISTS, SECTIONS, Recipe

RECIPE = resolve({"architecture": {"id": "dcgan"}}, [], "mine")
TABLE = dump(RECIPE)


def test_values_are_read_as_set_reads_them() -> None:
    given = ["generator_optimizer.lr=1e-4", "discriminator_optimizer.betas=[0, 0.9]", "training.sample_kimg=5"]
    assert live.read_settings(given, TABLE, "a") == {
        "generator_optimizer.lr": 1e-4,
        "discriminator_optimizer.betas": [0.0, 0.9],
        "training.sample_kimg": 5.0,
    }


# what turns on the parts that are off; a knob of one kind alone takes that kind besides
FULL = [*(f"regularizers.{kind}=on" for kind in LISTS["regularizers"]), *(f"{part}=on" for part in SECTIONS)]


def recipe_with(key: str) -> Recipe:
    """A recipe that has this knob."""
    [knob] = {knob.key: knob for knob in every_knob(recipe_schema()) if knob.key == key}.values()
    kind = [f"{key.rpartition('.')[0]}.kind={knob.of[0]}"] if knob.of else []
    return resolve({"architecture": {"id": "dcgan"}}, [*FULL, *kind], "mine")


@pytest.mark.parametrize("key", live.LIVE)
def test_every_live_knob_is_one_of_the_recipe_and_changes_alone(key: str) -> None:
    recipe = recipe_with(key)
    value = [0.1, 0.2] if key.endswith("betas") else 0.7
    before, changed = dump(recipe), dump(live.with_changes(recipe, {key: value}))
    assert live.value_of(changed, key) == value
    assert {k for k in before if changed[k] != before[k]} == {key.partition(".")[0]}


@pytest.mark.parametrize("key", numbers())
def test_every_number_takes_a_schedule_and_an_edit_of_it_while_it_trains(key: str) -> None:
    scheduled = live.with_changes(recipe_with(key), {key: {"start": 0.5, "end": 0.25}})
    edited = live.with_changes(scheduled, {f"{key}.end": 0.125, f"{key}.shape": "step"})
    assert live.value_of(dump(edited), key) == {"start": 0.5, "end": 0.125, "shape": "step"}
    assert live.changes_between(scheduled, edited, [f"{key}.end", f"{key}.shape"]) == [
        {"key": key, "from": {"start": 0.5, "end": 0.25}, "to": live.value_of(dump(edited), key)}
    ]


def test_changes_one_after_another_give_what_the_list_of_them_gives_at_once() -> None:
    """What a resume does: it has the whole knobs that a checkpoint's list names."""
    steps = [
        {"generator_optimizer.lr": {"start": 1.0, "end": 0.0}},
        {"generator_optimizer.lr.end": 0.5, "training.ema_kimg": 3.0},
        {"generator_optimizer.lr.until": 0.5},
        {"training.ema_kimg": {"points": [[0, 1.0], [5, 2.0]]}},
    ]
    recipe, told = RECIPE, []
    for values in steps:
        after = live.with_changes(recipe, values)
        told += live.changes_between(recipe, after, values)
        recipe = after
    told = json.loads(json.dumps(told))
    assert live.with_changes(RECIPE, {change["key"]: change["to"] for change in told}) == recipe
    assert recipe.generator_optimizer.lr == Transition(start=1.0, end=0.5, until=0.5)


def test_a_number_takes_the_place_of_a_schedule_and_a_part_edits_it() -> None:
    table = dump(resolve(TABLE, ["generator_optimizer.lr={start=2e-4, end=0}"], "mine"))
    given = ["generator_optimizer.lr.end=1e-5", "generator_optimizer.lr.until=1.0"]
    assert live.read_settings(given, table, "a") == {
        "generator_optimizer.lr.end": 1e-5,
        "generator_optimizer.lr.until": 1.0,
    }
    assert live.read_settings(["generator_optimizer.lr=1e-4"], table, "a") == {"generator_optimizer.lr": 1e-4}


def test_a_part_of_a_plain_number_is_refused_with_a_schedule_that_begins_where_the_run_is() -> None:
    with pytest.raises(UsageError, match="is a plain number, 0") as error:
        live.read_settings(["generator_optimizer.lr.end=1e-5"], TABLE, "a", nimg=240_000)
    hint = error.value.hint or ""
    assert hint == "ganstudio runs set a 'generator_optimizer.lr={start = 0.0002, end = 2e-05, since = 0.240}'"
    [setting] = shlex.split(hint)[4:]
    changed = live.with_changes(RECIPE, live.read_settings([setting], TABLE, "a"))
    assert value_at(changed.generator_optimizer.lr, 240_000, 1000) == 2e-4


@pytest.mark.parametrize(
    ("setting", "said", "hint"),
    [
        ("training.batch=8", "training.batch: cannot change while a run trains. Did you mean", "runs fork a --set"),
        ("growth.until=1", "cannot change while a run trains. Known: ", "runs fork a --set growth.until=1"),
        ("training.sample_king=8", "Did you mean 'training.sample_kimg'?", "runs fork a --set"),
        ("lr.end=3", "generator_optimizer.lr.end: generator_optimizer.lr is a plain number", "runs set a 'generator_o"),
        ("gamma=3", "gamma: there is no such knob.", "runs set a lr=1"),
        (
            "regularizers.r2.gamma=1",
            "is no knob of a, whose recipe has no such part",
            "runs fork a --set regularizers.r2",
        ),
        ("augmentation.p.value=1", "is no knob of a", "runs fork a --set augmentation.p.value=1"),
        ("generator_optimizer.lr", "generator_optimizer.lr: must be key=value.", "runs set a lr=1"),
        ("", "must be key=value", "runs set a"),
    ],
)
def test_any_other_knob_is_refused_with_the_nearest_and_the_way(setting: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        live.read_settings([setting], TABLE, "a")
    assert said in error.value.message
    assert hint in (error.value.hint or "")


def test_lr_and_betas_alone_are_those_of_both_optimizers() -> None:
    whole = ["generator_optimizer.lr=3e-5", "discriminator_optimizer.lr=3e-5"]
    assert live.read_settings(["lr=3e-5"], TABLE, "a") == live.read_settings(whole, TABLE, "a")
    changing = {
        **TABLE,
        **{f"{side}_optimizer": {"lr": {"start": 1e-3, "end": 1e-4}} for side in ("generator", "discriminator")},
    }
    ends = {"generator_optimizer.lr.end": 1e-5, "discriminator_optimizer.lr.end": 1e-5}
    assert live.read_settings(["lr.end=1e-5"], changing, "a") == ends


@pytest.mark.parametrize("value", ["-1", "fast", "nan", "[1, 2]"])
def test_a_value_that_the_recipe_cannot_take_is_refused(value: str) -> None:
    with pytest.raises(RecipeError, match=r"a: generator_optimizer\.lr: "):
        live.read_settings([f"generator_optimizer.lr={value}"], TABLE, "a")


@pytest.mark.parametrize(
    "values",
    [
        {"training.batch": 8},
        {"lr": 1.0},
        {"generator_optimizer.lr": "fast"},
        {"generator_optimizer.lr.end": 0.1},
        {"regularizers.r1.gamma": 1.0},
    ],
)
def test_no_other_value_reaches_a_recipe(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        live.with_changes(RECIPE, values)
