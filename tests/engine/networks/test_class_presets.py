"""Presets that need classes, on data that has none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ganstudio.engine import architectures
from ganstudio.engine.contract import DataShape
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve

PRESETS = Path(__file__).parents[3] / "presets"


@pytest.mark.parametrize(
    ("preset", "key"),
    [
        ("cgan", "label_dim"),
        ("acgan", "label_dim"),
        ("reacgan", "label_dim"),
        ("projection", "head"),
        ("sagan", "head"),
        ("biggan", "label_dim"),
        ("biggan-128", "label_dim"),
    ],
)
@pytest.mark.parametrize("classes", [0, 2, 37])
def test_a_preset_of_classes_takes_any_count_of_them_and_refuses_none_by_name(
    preset: str, key: str, classes: int
) -> None:
    recipe = resolve(tomllib.loads((PRESETS / f"{preset}.toml").read_text()), (), preset)
    architecture = architectures.find(recipe.architecture.id)
    shape = DataShape(3, (recipe.data.side, recipe.data.side), (9,) * classes)
    if classes:
        assert architectures.options(architecture, recipe.architecture, shape)
        return
    with pytest.raises(RecipeError) as error:
        architectures.options(architecture, recipe.architecture, shape)
    assert error.value.problems[0].startswith(f"architecture.{key}: the data set has no classes. Nearest: ")
