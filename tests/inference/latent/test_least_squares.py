"""Damped least squares: against the answer that is known by hand, within a ball, and in parts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.inference.latent.projection.least_squares import Floats, LeastSquares

Doubles = NDArray[np.float64]
K, PIXELS, PRIOR = 3, 12, 1e-3
MATRIX = np.random.RandomState(0).randn(K, PIXELS)


def drawn(u: Doubles) -> Floats:
    return (u @ MATRIX).reshape(-1, 1, 3, 4).astype(np.float32)


def free(u: Doubles) -> Doubles:
    return u


def nothing(_done: int) -> None:
    pass


def by_hand(x: Floats) -> Doubles:
    """The least of mean (u A - x)^2 + PRIOR mean u^2: (A A^T / pixels + PRIOR / K) u = A x / pixels."""
    found: Doubles = np.linalg.solve(MATRIX @ MATRIX.T / PIXELS + PRIOR / K * np.eye(K), MATRIX @ x.ravel() / PIXELS)
    return found


def test_linear_pictures_are_solved_as_by_hand() -> None:
    x = np.random.RandomState(1).randn(1, 3, 4).astype(np.float32)
    problem = LeastSquares(x, drawn, free, PRIOR)
    end = problem.descend(problem.at(np.zeros(K)), 8, nothing)
    np.testing.assert_allclose(end.u, by_hand(x), atol=1e-4)
    off = np.square(end.u @ MATRIX - x.ravel()).mean() + PRIOR * np.square(end.u).mean()
    assert end.loss == pytest.approx(off, rel=1e-4)
    assert end.last


def test_what_is_bent_is_found_too_and_no_step_leads_further_away() -> None:
    def bent(u: Doubles) -> Floats:
        pictures: Floats = np.tanh(drawn(u) / 2)
        return pictures

    wanted = np.array([0.5, -1.0, 0.8])
    problem = LeastSquares(bent(wanted[None])[0], bent, free, 1e-8)
    position, losses = problem.at(np.zeros(K)), []
    while not position.last and len(losses) < 30:
        position = problem.step(position)
        losses.append(position.loss)
    assert losses == sorted(losses, reverse=True)
    np.testing.assert_allclose(position.u, wanted, atol=5e-3)


def test_it_stays_within_and_takes_the_best_that_is_there() -> None:
    def within(u: Doubles) -> Doubles:
        kept: Doubles = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1)
        return kept

    x = drawn(np.array([[0.0, 9.0, 0.0]]))[0]
    problem = LeastSquares(x, drawn, within, PRIOR)
    end = problem.descend(problem.at(np.array([3.0, 0.0, 0.0])), 20, nothing)
    assert np.linalg.norm(end.u) == pytest.approx(1)
    assert end.loss < problem.at(np.array([1.0, 0.0, 0.0])).loss


@pytest.mark.parametrize("values", [1, 2 * PIXELS, 4 * PIXELS])
def test_in_parts_it_is_the_same(values: int) -> None:
    x = np.random.RandomState(2).randn(1, 3, 4).astype(np.float32)
    whole, parts = LeastSquares(x, drawn, free, PRIOR), LeastSquares(x, drawn, free, PRIOR, values)
    begun = whole.at(np.ones(K))
    np.testing.assert_allclose(parts.step(begun).u, whole.step(begun).u, rtol=1e-5)


def test_every_step_is_told_and_what_that_raises_ends_it() -> None:
    told: list[int] = []
    problem = LeastSquares(np.zeros((1, 3, 4), np.float32), drawn, free, PRIOR)
    problem.descend(problem.at(np.ones(K)), 2, told.append)
    assert told[0] == 0
    assert told[-1] == 2

    def interrupted(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        problem.descend(problem.at(np.ones(K)), 2, interrupted)
