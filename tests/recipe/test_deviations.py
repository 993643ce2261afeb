"""In which knobs a recipe is not as its preset has it."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.recipe.deviations import deviations, deviations_after
from ganstudio.recipe.load import dump, preset_names, read_preset, resolve
from ganstudio.workspace import Workspace

TABLE: dict[str, Any] = {
    "architecture": {"id": "dcgan", "channels": 64},
    "objective": {"kind": "non_saturating", "real_label": 0.9},
    "regularizers": [{"kind": "r1", "gamma": 1.0}],
    "training": {"batch": 64},
}


def made(*settings: str, table: dict[str, Any] = TABLE) -> dict[str, Any]:
    return dump(resolve(table, settings, "mine"))


@pytest.mark.parametrize(
    ("setting", "differs"),
    [
        ("training.batch=64", {}),
        ("training.batch=32", {"training.batch": [32, 64]}),
        ("generator_optimizer.betas=[0, 0.9]", {"generator_optimizer.betas": [[0.0, 0.9], [0.5, 0.999]]}),
        ("architecture.channels=8", {"architecture.channels": [8, 64]}),
        ("architecture.z_dim=8", {"architecture.z_dim": [8, None]}),  # the architecture's own default
        ("objective=hinge", {"objective.kind": ["hinge", "non_saturating"]}),
        ("objective.real_label=1", {"objective.real_label": [1.0, 0.9]}),
        ("regularizers.r1=off", {"regularizers.r1": [False, True]}),
        ("regularizers.r1.gamma=5", {"regularizers.r1.gamma": [5.0, 1.0]}),
        ("regularizers.r2=on", {"regularizers.r2": [True, False]}),
        ("augmentation=on", {"augmentation": [True, False]}),
        ("data.mirror=true", {"data.mirror": [True, False]}),
    ],
)
def test_every_knob_that_is_not_the_preset_s_and_no_other_is_told(setting: str, differs: dict[str, Any]) -> None:
    assert deviations(made(), made(setting)) == differs


def test_a_fork_tells_its_own_changes_and_its_parent_s_beside_the_preset() -> None:
    parent = made("training.batch=32", "objective.real_label=1", "data.mirror=true")
    earlier = deviations(made(), parent)
    fork = made("training.batch=16", "objective=hinge", "data.mirror=false", "training.kimg=7")
    assert deviations_after(earlier, parent, fork) == deviations(made(), fork)
    assert deviations_after(None, parent, fork) is None


@pytest.mark.parametrize("name", preset_names(Workspace.locate()))
def test_a_preset_differs_from_itself_in_nothing(name: str) -> None:
    recipe = made(table=read_preset(name, Workspace.locate()))
    assert deviations(recipe, recipe) == {}
