from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import geometric_slerp

from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.sampling import sample
from ganstudio.inference.walk import Walk, frames, lerp, slerp
from tests.inference.generators import write_generator


def at(share: float) -> NDArray[np.float64]:
    return np.array([[share]])


def test_half_way_between_two_axes_is_their_diagonal_at_the_mean_of_their_norms() -> None:
    a, b = np.array([[1.0, 0, 0]]), np.array([[0, 3.0, 0]])
    np.testing.assert_allclose(slerp(a, b, at(0.5)), [[2 * 0.5**0.5, 2 * 0.5**0.5, 0]])


def test_a_third_of_the_way_is_a_third_of_the_angle() -> None:
    a, b = np.array([[1.0, 0]]), np.array([[0, 1.0]])
    np.testing.assert_allclose(slerp(a, b, at(1 / 3)), [[np.cos(np.pi / 6), np.sin(np.pi / 6)]])


def test_between_points_of_a_sphere_the_way_is_scipy_s() -> None:
    a, b = np.random.RandomState(0).randn(2, 1, 64)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    shares = np.linspace(0, 1, 9)
    ours = slerp(np.repeat(a, 9, 0), np.repeat(b, 9, 0), shares[:, None])
    np.testing.assert_allclose(ours, geometric_slerp(a[0], b[0], shares), atol=1e-12)


def test_along_the_way_norms_stay_between_those_of_the_ends_and_a_straight_line_s_dip() -> None:
    a, b = latents([1, 2], 512).astype(np.float64)
    shares = np.linspace(0, 1, 21)[:, None]
    ends = sorted([np.linalg.norm(a), np.linalg.norm(b)])
    norms = np.linalg.norm(slerp(np.repeat(a[None], 21, 0), np.repeat(b[None], 21, 0), shares), axis=1)
    assert ends[0] - 1e-9 <= norms.min()
    assert norms.max() <= ends[1] + 1e-9
    assert np.linalg.norm(lerp(a[None], b[None], at(0.5))) < 0.8 * ends[0]


@pytest.mark.parametrize("b", [[2.0, 0], [-1.0, 0], [0.0, 0], [1.0, 1e-9]])
def test_ends_without_a_circle_between_them_are_joined_by_a_line(b: list[float]) -> None:
    a = np.array([[1.0, 0]])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(slerp(a, np.array([b]), at(0.25)), lerp(a, np.array([b]), at(0.25)))


def test_an_open_walk_ends_on_its_last_seed_and_a_loop_one_step_before_its_first() -> None:
    walk = Walk((5, 9, 2), steps=4)
    assert len(walk) == 9
    assert [walk.between(frame) for frame in (0, 3, 4, 8)] == [(0, 1, 0), (0, 1, 0.75), (1, 2, 0), (2, 0, 0)]
    loop = Walk((5, 9, 2), steps=4, loop=True)
    assert len(loop) == 12
    assert loop.between(11) == (2, 0, 0.75)


def test_latents_of_a_file_take_the_place_of_seeds() -> None:
    z = latents([7, 8], 16)
    walk = Walk((5, 9), steps=3, z=z, origins=("mine", ""))
    np.testing.assert_allclose(walk.latents(0, 4, 16)[[0, 3]], z, rtol=1e-6)
    assert [walk.name(0), walk.name(1)] == ["mine", "9"]


@pytest.mark.parametrize("path", ["slerp", "lerp"])
def test_every_seed_of_a_walk_is_met_exactly(path: str) -> None:
    walk = Walk((5, 9, 9, 2**32 - 1), steps=7, path=path)
    drawn = walk.latents(0, len(walk), 100)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn[::7], latents(walk.seeds, 100), rtol=1e-6)


def test_a_walk_s_latents_are_the_same_in_any_batch() -> None:
    walk = Walk((1, 2, 3), steps=5, loop=True)
    whole = walk.latents(0, 15, 64)
    np.testing.assert_array_equal(np.concatenate([walk.latents(0, 4, 64), walk.latents(4, 11, 64)]), whole)


def test_frames_at_seeds_are_what_sample_draws_of_them(conditional: Path) -> None:
    model = OnnxModel.open(conditional)
    walk = Walk((1, 2, 3), steps=40)
    drawn = np.stack(list(frames(model, walk, label=2)))
    assert drawn.shape == (81, 32, 32, 1)
    for frame, picture in zip(drawn[::40], sample(model, [1, 2, 3], [2, 2, 2]), strict=True):
        np.testing.assert_allclose(frame.astype(int), picture.astype(int), atol=1)


def test_neighbouring_frames_differ_less_than_seeds_do(dcgan: Path) -> None:
    drawn = np.stack(list(frames(OnnxModel.open(dcgan), Walk((1, 2), steps=20)))).astype(float)
    steps = np.abs(np.diff(drawn, axis=0)).mean((1, 2, 3))
    assert steps.min() > 0
    assert steps.max() < 0.3 * np.abs(drawn[-1] - drawn[0]).mean()


def test_noise_stays_as_the_first_seed_draws_it(tmp_path: Path) -> None:
    model = OnnxModel.open(write_generator(tmp_path / "noise.onnx", noise=True))
    drawn = list(frames(model, Walk((3, 3), steps=3)))
    assert all(np.array_equal(frame, drawn[0]) for frame in drawn)
    np.testing.assert_array_equal(drawn[0], next(sample(model, [3])))


def test_truncation_reaches_every_frame(tmp_path: Path) -> None:
    model = OnnxModel.open(write_generator(tmp_path / "psi.onnx", psi=True))
    drawn = list(frames(model, Walk((1, 2), steps=2), psi=0))
    assert all(np.array_equal(frame, drawn[0]) for frame in drawn)
