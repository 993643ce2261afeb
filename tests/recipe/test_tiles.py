"""The tiles that a training asks a folder's pictures to be cut into."""

from __future__ import annotations

from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.tiles import tile_of


def test_super_resolution_learns_from_tiles_with_room_for_its_crop() -> None:
    def recipe(**data: object) -> Recipe:
        return Recipe.model_validate({"architecture": {"id": "srresnet"}, "task": "superres", "data": data})

    assert tile_of(recipe(resolution="data", crop=96)) == 128
    assert tile_of(recipe(resolution="data", crop=[128, 64])) == 256
    assert tile_of(recipe(resolution=64)) == 64
    assert tile_of(Recipe.model_validate({"architecture": {"id": "dcgan"}})) is None
