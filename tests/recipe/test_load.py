"""Recipes from tables and settings: every problem at once, each with the nearest legal thing."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.errors import RecipeError
from ganstudio.recipe.load import conflicts, dump, preset_names, read_preset, resolve, validated
from ganstudio.recipe.schema import Hinge
from ganstudio.workspace import Workspace

TABLE: dict[str, Any] = {
    "architecture": {"id": "dcgan"},
    "objective": {"kind": "non_saturating"},
    "regularizers": [{"kind": "r1", "gamma": 1.0}],
}


def problems(*settings: str) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as raised:
        resolve(TABLE, settings, "mine")
    return raised.value.problems


def test_all_problems_are_told_at_once_with_the_nearest_legal_key() -> None:
    told = problems("training.batsh=3", "training.kimg=long", "objective.kind=hing", "regularizers.r1.gama=2")
    assert len(told) == 4
    for says in (
        "training.batsh: unknown key. Did you mean 'training.batch'?",
        "training.kimg: ",
        "Did you mean 'hinge'?",
    ):
        assert any(says in line for line in told)
    assert any("regularizers.r1.gama: unknown key. Did you mean 'regularizers.r1.gamma'?" in line for line in told)
    assert all(line.startswith("mine: ") for line in told)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("batch", "--set batch: must be key=value, for example training.batch=128. Did you mean 'training.batch'?"),
        ("lr=", "lr=: has no value. Did you mean 'generator_optimizer.lr' or 'discriminator_optimizer.lr'?"),
        ("generator_optimizer.lr= ", "has no value. It may be ≥ 0, or a schedule."),
        ("generator_optimiser.lr=", "has no value. Did you mean 'generator_optimizer.lr'"),
        ("generator_optimizer=", "has no value. Its knobs: generator_optimizer."),
        ("objective=", "has no value. It may be non_saturating | "),
        ("training.bach=", "has no value. Did you mean 'training.batch'?"),
        ("lr=1", "lr: unknown key. Did you mean 'generator_optimizer.lr' or 'discriminator_optimizer.lr'?"),
        ("=5", "must be key=value, for example training.batch=128."),
        ("regularizers.r3.gamma=1", "regularizers has no 'r3'. Did you mean 'regularizers.r"),
        ("training.batch.size=1", "training.batch"),
        ("discriminator_optimizer.lr=nan", "finite"),
        ("discriminator_optimizer.lr=-1", "greater than or equal to 0"),
        ("training.micro_batch=7", "must divide the batch of 64; got 7. Nearest: 8."),
        ("objective.real_label=2", "less than or equal to 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(setting: str, says: str) -> None:
    assert any(says in line for line in problems(setting))


def test_settings_take_toml_values_and_reach_into_lists_by_kind() -> None:
    recipe = resolve(
        TABLE, ["regularizers.r1.gamma=4e-1", "generator_optimizer.betas=[0, 0.9]", "data.mirror=true"], "x"
    )
    assert dump(recipe)["regularizers"][0]["gamma"] == 0.4
    assert recipe.generator_optimizer.betas == (0.0, 0.9)
    assert recipe.data.mirror
    assert resolve(TABLE, ["discriminator_optimizer.lr=0"], "x").discriminator_optimizer.lr == 0


def test_a_recipe_survives_being_written_and_read() -> None:
    workspace = Workspace.locate()
    for name in preset_names(workspace):
        recipe = resolve(read_preset(name, workspace), [], name)
        assert resolve(dump(recipe), [], "again") == recipe


def test_features_can_be_none() -> None:
    recipe = resolve({"architecture": {"id": "mlp"}}, ["evaluation.features=none"], "test")
    assert recipe.evaluation.features == "none"


def test_another_kind_of_loss_leaves_the_knobs_of_the_one_before() -> None:
    smoothed = {**TABLE, "objective": {"kind": "non_saturating", "real_label": 0.9}}
    assert dump(resolve(smoothed, ["objective.kind=hinge"], "mine"))["objective"] == Hinge().model_dump()
    kept = dump(resolve(smoothed, ["objective.real_label=0.8", "objective.kind=least_squares"], "mine"))["objective"]
    assert kept["kind"] == "least_squares"
    assert kept["real_label"] == 0.8
    with pytest.raises(RecipeError, match="real_label: unknown key"):
        resolve(smoothed, ["objective.kind=hinge", "objective.real_label=0.8"], "mine")


@pytest.mark.parametrize("objective", ["wasserstein", "relativistic"])
def test_augmentation_that_adapts_is_refused_where_no_logit_means_real(objective: str) -> None:
    adaptive = ("augmentation.p.kind=adaptive", f"objective.kind={objective}")
    (told,) = problems(*adaptive)
    assert told.startswith("mine: augmentation.p.kind: adaptive ")
    assert f"{objective} has no logit above which it does. Nearest: constant." in told
    assert resolve(TABLE, [*adaptive, "augmentation.p.kind=constant"], "mine").augmentation is not None


def test_a_run_that_adapted_under_such_an_objective_can_still_be_read() -> None:
    recipe = resolve(TABLE, ["augmentation.p.kind=adaptive"], "mine")
    table = {**dump(recipe), "objective": {"kind": "wasserstein"}}
    assert validated(table, "run").objective.kind == "wasserstein"
    assert len(conflicts(validated(table, "run"))) == 1
