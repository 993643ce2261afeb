"""Knobs that change while a run trains: which can, what they may be, and the recipe that comes of it."""

from __future__ import annotations

import pytest

from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe import live
from ganstudio.recipe.load import dump, resolve

RECIPE = resolve({"architecture": {"id": "dcgan"}}, [], "mine")
TABLE = dump(RECIPE)


def test_values_are_read_as_set_reads_them() -> None:
    given = ["generator_optimizer.lr=1e-4", "discriminator_optimizer.betas=[0, 0.9]", "training.sample_kimg=5"]
    assert live.read_settings(given, TABLE, "a") == {
        "generator_optimizer.lr": 1e-4,
        "discriminator_optimizer.betas": [0.0, 0.9],
        "training.sample_kimg": 5.0,
    }


@pytest.mark.parametrize("key", live.LIVE)
def test_every_live_knob_is_one_of_the_recipe_and_changes_alone(key: str) -> None:
    value = [0.1, 0.2] if key.endswith("betas") else 7.0
    changed = dump(live.with_changes(RECIPE, {key: value}))
    assert live.value_of(changed, key) == value
    assert {k for k in TABLE if changed[k] != TABLE[k]} == {key.partition(".")[0]}


@pytest.mark.parametrize(
    ("setting", "said", "hint"),
    [
        ("training.batch=8", "training.batch: cannot change while a run trains. Did you mean", "runs fork a --set"),
        ("growth.until=1", "cannot change while a run trains. Known: ", "runs fork a --set growth.until=1"),
        ("training.sample_king=8", "Did you mean 'training.sample_kimg'?", "runs fork a --set"),
        ("lr=3", "there is no such knob. Known: generator_optimizer.lr, discriminator_opt", "runs set a generator_o"),
        ("generator_optimizer.lr", "generator_optimizer.lr: must be key=value.", "runs set a generator_optimizer.lr=1"),
        ("", "must be key=value", "runs set a"),
    ],
)
def test_any_other_knob_is_refused_with_the_nearest_and_the_way(setting: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        live.read_settings([setting], TABLE, "a")
    assert said in error.value.message
    assert hint in (error.value.hint or "")


@pytest.mark.parametrize("value", ["-1", "fast", "nan", "[1, 2]"])
def test_a_value_that_the_recipe_cannot_take_is_refused(value: str) -> None:
    with pytest.raises(RecipeError, match=r"a: generator_optimizer\.lr: "):
        live.read_settings([f"generator_optimizer.lr={value}"], TABLE, "a")


@pytest.mark.parametrize("values", [{"training.batch": 8}, {"lr": 1.0}, {"generator_optimizer.lr": "fast"}])
def test_no_other_value_reaches_a_recipe(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        live.with_changes(RECIPE, values)
