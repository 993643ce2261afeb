from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference import OnnxModel
from ganstudio.inference.explore import (
    FRAMES,
    STEP,
    Point,
    arc,
    at_new_seed,
    at_seed,
    directions,
    for_model,
    grid_around,
    step_along,
    step_point,
    with_fade,
    with_psi,
    with_strength,
)
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latents import latents
from ganstudio.inference.sampling import sample
from ganstudio.inference.walk import Walk
from tests.inference.generators import write_clips, write_generator


def angle(a: Point, b: Point) -> float:
    x, y = (point.latent().astype(float) for point in (a, b))
    return math.acos(min(1.0, float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))))


def norm(point: Point) -> float:
    return float(np.linalg.norm(point.latent().astype(float)))


def test_a_seed_s_point_is_the_latent_that_sample_draws() -> None:
    np.testing.assert_array_equal(at_seed(42, 100).latent(), latents([42], 100)[0])


@pytest.mark.parametrize("z_dim", [2, 3, 100, 512])
def test_directions_are_orthonormal_and_of_every_pair_others(z_dim: int) -> None:
    for pair in (1, 2, 1000):
        np.testing.assert_allclose(directions(pair, z_dim) @ directions(pair, z_dim).T, np.eye(2), atol=1e-12)
    assert abs(directions(1, z_dim)[0] @ directions(2, z_dim)[0]) < 0.999


def test_directions_are_the_same_on_any_machine() -> None:
    drawn = np.random.RandomState((3, 2**32 - 1)).randn(2, 4)
    first = drawn[0] / math.sqrt(sum(x * x for x in drawn[0]))
    np.testing.assert_allclose(directions(3, 4)[0], first, rtol=1e-12)


def test_a_step_turns_a_latent_by_its_angle_and_leaves_its_norm() -> None:
    point = at_seed(7, 100)
    for steps in (1, 4, 20):
        there = step_point(point, 1, 0, steps)
        assert norm(there) == pytest.approx(norm(point), rel=1e-6)
        # the direction is made orthogonal to the latent, which takes a little of its length
        unit = point.latent() / norm(point)
        across = math.sqrt(1 - float(directions(1, 100)[0] @ unit) ** 2)
        assert angle(point, there) == pytest.approx(STEP * steps * across, abs=1e-4)


def test_no_seed_lies_along_a_direction_of_its_own_number() -> None:
    for seed in range(1, 20):
        point = at_seed(seed, 100)
        assert angle(point, step_point(point, seed, 0, 4)) > 0.3


def test_steps_back_lead_to_the_very_latent_whatever_came_between() -> None:
    point = at_seed(3, 64, 2, 0.7)
    there = step_point(step_point(step_point(point, 1, 0, 3), 2, 1, -2), 1, 1, 5)
    assert there.way == " pair 1 +3 +5 pair 2 +0 -2"
    back = step_point(step_point(step_point(there, 1, 1, -5), 1, 0, -3), 2, 1, 2)
    assert back == point
    assert back.plain


def test_the_order_of_moves_makes_no_difference() -> None:
    point = at_seed(3, 64)
    assert step_point(step_point(point, 2, 0, 1), 1, 1, 2) == step_point(step_point(point, 1, 1, 2), 2, 0, 1)


@pytest.mark.parametrize("z_dim", [1, 2, 4])
def test_latents_of_few_dimensions_leave_their_shell(z_dim: int) -> None:
    point = at_seed(5, z_dim)
    there = step_point(point, 1, 0, 10)
    assert np.isfinite(there.latent()).all()
    assert np.linalg.norm(there.latent() - point.latent()) == pytest.approx(10 * STEP * math.sqrt(z_dim), rel=1e-5)


def test_the_way_between_two_points_is_that_of_interpolate_and_ends_on_them() -> None:
    a, b = at_seed(1, 100), at_seed(2, 100)
    way = arc(a, b)
    assert (way[0], way[-1], len(way)) == (a, b, FRAMES)
    walk = Walk((1, 2), FRAMES - 1)
    np.testing.assert_array_equal(np.stack([point.latent() for point in way]), walk.latents(0, len(walk), 100))
    assert way[8].origin_text == "slerp(1, 2, 0.4)"


def test_a_way_takes_the_nearer_end_s_class_a_psi_between_and_the_first_noise() -> None:
    way = arc(at_seed(1, 100, 3, 1.0), at_seed(2, 100, 5, 0.5), 5)
    assert [point.label for point in way] == [3, 3, 5, 5, 5]
    assert [point.psi for point in way] == [1.0, 0.875, 0.75, 0.625, 0.5]
    assert [point.seed for point in way[:-1]] == [1, 1, 1, 1]


def test_ways_between_ways_do_not_tell_ever_longer_stories() -> None:
    a, b = at_seed(1, 16), at_seed(2, 16)
    for _ in range(30):
        a, b = arc(a, b, 4)[1:3]
    assert len(a.origin_text) < 300


def test_opposite_latents_have_a_way_too() -> None:
    a = at_seed(1, 100)
    b = Point(tuple(-x for x in a.base), 1, origin="minus")
    for point in arc(a, b):
        assert np.isfinite(step_point(point, 1, 0, 1).latent()).all()


def test_a_grid_has_the_point_in_its_middle_and_the_directions_as_its_axes() -> None:
    point = at_seed(1, 100)
    grid = grid_around(point, 4, side=3, stride=2)
    assert grid[4] == point
    assert grid[5] == step_point(point, 4, 0, 2)  # to the right
    assert grid[1] == step_point(point, 4, 1, 2)  # above
    assert grid[6] == step_point(step_point(point, 4, 0, -2), 4, 1, -2)


def test_psi_stays_where_it_makes_pictures() -> None:
    point = at_seed(1, 100)
    for _ in range(30):
        point = with_psi(point, 0.1)
    assert point.psi == 1.5
    for _ in range(30):
        point = with_psi(point, -0.1)
    assert point.psi == 0.0


def test_another_model_is_met_at_the_same_latent_where_it_has_the_size(tmp_path: Path) -> None:
    few = OnnxModel.open(write_generator(tmp_path / "few.onnx", classes=("a", "b"))).manifest
    point = step_point(at_seed(9, 100, 7, 0.5), 1, 0, 2)
    assert for_model(point, few) == Point(point.base, 9, 1, 1.0, point.moves)
    other = at_seed(9, 64, 0, 0.5)
    assert for_model(other, few) == at_seed(9, 100, 0)
    assert for_model(None, few) == at_seed(0, 100, 0)


def test_strengths_are_kept_by_name_and_steps_back_leave_none() -> None:
    point = at_seed(3, 16)
    there = step_along(step_along(point, ("thick", "slant"), 0, 3), ("thick", "slant"), 1, -1)
    assert there.strengths == (("slant", -0.2), ("thick", 0.6))
    assert there.origin_text == "3 slant=-0.2 thick=+0.6"
    assert not there.plain
    assert step_along(step_along(there, ("thick", "slant"), 0, -3), ("thick", "slant"), 1, 1) == point
    assert step_along(point, ("thick",), 1, 1) == point  # there is no second direction
    assert with_strength(point, "thick", 99).strength("thick") == 10


def test_a_new_seed_keeps_all_but_the_latent() -> None:
    old = with_fade(with_strength(replace(at_seed(3, 16, 1, 0.5), cutoff=2, noise_seed=9), "thick", 1), 4, 0.3)
    new = at_new_seed(step_point(old, 1, 0, 2), 5, 16)
    assert new.base == at_seed(5, 16).base
    assert replace(new, base=old.base, seed=3) == old
    assert new.noise == 9


def test_a_way_goes_straight_in_strength_and_by_lerp_between_ws() -> None:
    a, b = with_strength(at_seed(1, 16), "thick", 1), with_strength(at_seed(2, 16), "slant", -2)
    assert arc(a, b, 5)[1].strengths == (("slant", -0.5), ("thick", 0.75))
    ws = Point(tuple(np.ones(8).tolist()), 1, origin="one", layers=2)
    other = replace(ws, base=tuple(np.zeros(8).tolist()), origin="nothing")
    middle = arc(ws, other, 3)[1]
    assert (middle.layers, middle.origin) == (2, "lerp(one, nothing, 0.5)")
    np.testing.assert_allclose(middle.latent(), 0.5)


def test_a_step_in_w_is_a_tenth_of_each_layer_s_norm() -> None:
    ws = Point((3.0, 4.0, 0.0, 6.0, 8.0, 0.0), 1, origin="ws", layers=2)
    away = (step_point(ws, 1, 0, 1).latent() - ws.latent()).reshape(2, 3)
    np.testing.assert_allclose(away, STEP * np.array([[5], [10]]) * directions(1, 3)[0], rtol=1e-5)


def test_a_plain_point_is_drawn_as_sample_draws_its_seed(dcgan: Path, conditional: Path) -> None:
    model = PointModel.open(dcgan)
    np.testing.assert_array_equal(model.pictures([at_seed(42, 100)])[0], next(sample(model.whole, [42])))
    model = PointModel.open(conditional)
    for label in range(3):
        drawn = model.pictures([at_seed(5, 100, label)])[0]
        np.testing.assert_array_equal(drawn, next(sample(model.whole, [5], [label])))


def test_points_of_several_truncations_come_in_their_order(tmp_path: Path) -> None:
    model = PointModel.open(write_generator(tmp_path / "styles.onnx", psi=True))
    points = [at_seed(seed, 100, psi=psi) for seed, psi in ((1, 1.0), (2, 0.5), (3, 0.5), (4, 1.0))]
    for point, drawn in zip(points, model.pictures(points), strict=True):
        np.testing.assert_array_equal(drawn, model.pictures([point])[0])


def test_noise_stays_while_the_point_moves(tmp_path: Path) -> None:
    model = PointModel.open(write_generator(tmp_path / "noise.onnx", noise=True))
    base = tuple(0.0 for _ in range(100))
    here, there = model.pictures([Point(base, 8), Point(base, 8, origin="elsewhere")])
    np.testing.assert_array_equal(here, there)
    assert (model.pictures([Point(base, 9)])[0] != here).any()


def test_a_clip_s_picture_has_its_frames(tmp_path: Path) -> None:
    model = PointModel.open(write_clips(tmp_path / "clips.onnx"))
    assert model.pictures([at_seed(1, 100)])[0].shape == (16, 8, 8, 1)
