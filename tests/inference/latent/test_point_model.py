"""Points are drawn byte for byte as `sample`, `edit` and `mix` draw them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.explore import Point, arc, at_seed, with_fade, with_strength
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.editing import Edit, edited, starting_latents
from ganstudio.inference.latent.mixing import Mix, Sources, mixed
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latent.truncation import Truncation
from ganstudio.inference.sampling import sample
from tests.inference.generators import STYLE_Z, STYLES, write_generator

Z_LEN = STYLE_Z


def styled_directions() -> tuple[Direction, ...]:
    draw = np.random.RandomState(5)
    return tuple(Direction(name, draw.randn(*STYLES).astype(np.float32)) for name in ("bright", "slant"))


def test_a_point_at_a_truncation_alone_is_drawn_by_the_export_itself(styled: LatentModel) -> None:
    model, point = PointModel(styled), at_seed(3, Z_LEN, psi=0.6)
    assert not model.through_halves(point)
    np.testing.assert_array_equal(model.pictures([point])[0], next(sample(styled.whole, [3], psi=0.6)))
    assert not model.through_halves(replace(point, psi=1.0, cutoff=2, centres=3))  # which changes nothing


def test_strengths_and_a_cutoff_are_drawn_as_edit_draws_them(styled: LatentModel) -> None:
    model = PointModel(styled, styled_directions())
    point = with_strength(with_strength(replace(at_seed(3, Z_LEN, psi=0.6), cutoff=2), "bright", 0.4), "slant", -1)
    bright, slant = model.directions
    for centres in (1, 3):
        edit = Edit(((bright, 0.4), (slant, -1.0)), truncation=Truncation(0.6, 2, centres))
        expected = next(edited(styled, starting_latents(styled, [3], None), [3], None, edit))
        np.testing.assert_array_equal(model.pictures([replace(point, centres=centres)])[0], expected)


def test_strengths_in_z_are_drawn_as_edit_draws_them(plain: LatentModel) -> None:
    thick = Direction("thick", np.random.RandomState(1).randn(1, 100).astype(np.float32))
    model, point = PointModel(plain, (thick,)), with_strength(at_seed(3, 100), "thick", 0.6)
    expected = next(edited(plain, starting_latents(plain, [3], None), [3], None, Edit(((thick, 0.6),))))
    np.testing.assert_array_equal(model.pictures([point])[0], expected)


def test_layers_of_another_point_are_drawn_as_mix_draws_them(styled: LatentModel) -> None:
    model, other = PointModel(styled), at_seed(4, Z_LEN, psi=0.6)
    point = replace(at_seed(3, Z_LEN, psi=0.6), styles=((1, 3, other),))
    mix = Mix(Sources((3,), None), Sources((4,), None), slice(1, 3), Truncation(0.6))
    np.testing.assert_array_equal(model.pictures([point])[0], list(mixed(styled, mix))[3])
    assert point.origin_text == "3 layers 1-2 of 4"


def test_points_of_several_kinds_come_in_their_order_each_as_alone(styled: LatentModel) -> None:
    model, one = PointModel(styled, styled_directions()), at_seed(3, Z_LEN)
    points = [one, with_strength(one, "bright", 1), replace(one, noise_seed=7), with_strength(one, "slant", 1), one]
    for point, drawn in zip(points, model.pictures(points), strict=True):
        np.testing.assert_allclose(drawn.astype(int), model.pictures([point])[0], atol=1)
    assert len({picture.tobytes() for picture in model.pictures(points)}) == 4


def test_a_settled_point_has_the_same_picture_and_ways_lead_to_it(styled: LatentModel) -> None:
    model = PointModel(styled, styled_directions())
    point = replace(with_strength(at_seed(3, Z_LEN, psi=0.6), "bright", 1), styles=((0, 1, at_seed(4, Z_LEN)),))
    settled = model.settled(point)
    assert (settled.layers, settled.psi, settled.strengths, settled.styles) == (4, 1.0, (), ())
    np.testing.assert_array_equal(model.pictures([settled])[0], model.pictures([point])[0])
    way = arc(point, at_seed(5, Z_LEN), 5, model.settled)
    assert (way[0], way[-1]) == (point, at_seed(5, Z_LEN))
    middle = (model.edited(point) + model.edited(at_seed(5, Z_LEN))) / 2
    np.testing.assert_allclose(model.edited(way[2]), middle, atol=1e-6)


class TwoClasses:
    """A model with styles whose class moves ws by 1."""

    space, layers, classes, mean = "w", 2, ("a", "b"), np.zeros((2, 3), np.float32)
    shape = (2, 3)

    @property
    def whole(self) -> TwoClasses:
        return self

    def latents(self, z: np.ndarray, labels: list[int]) -> np.ndarray:
        return np.repeat(z[:, None, :3], 2, 1) + np.float32(labels[0])


def test_a_fade_lies_between_the_ws_of_two_classes() -> None:
    model = PointModel(TwoClasses())  # type: ignore[arg-type]
    point = Point((1.0, 2.0, 3.0), 0, 0)
    np.testing.assert_allclose(model.edited(with_fade(point, 1, 0.25)), [[1.25, 2.25, 3.25]] * 2)
    assert with_fade(point, 1, 0.25).origin_text == "0 class +0.25 to 1"
    assert with_fade(with_fade(point, 1, 0.25), 1, 0) == point


def test_directions_of_another_model_leave_a_model_without_any_and_say_so(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "dcgan.onnx")
    thick = Direction("thick", np.ones((1, 100), np.float32))
    Directions(tmp_path / "dcgan.directions.npz", "cd" * 32, "z", (thick,)).save()
    model = PointModel.open(path)
    assert model.directions == ()
    assert "directions of another model" in model.directions_why
    point = with_strength(at_seed(1, 100), "thick", 1)
    with pytest.raises(UsageError, match="no direction thick any more"):
        model.pictures([point])
    assert model.known(point) == at_seed(1, 100)
