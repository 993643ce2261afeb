from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from ganstudio.engine.evaluation.frechet import Moments, frechet_distance


def textbook(x: np.ndarray, y: np.ndarray) -> float:
    """Heusel et al.'s formula by scipy's matrix square root of the product."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    apart = x.mean(axis=0) - y.mean(axis=0)
    return float(apart @ apart + np.trace(a + b - 2 * np.real(scipy.linalg.sqrtm(a @ b))))


def gaussian(mean: list[float], covariance: list[list[float]]) -> Moments:
    """Moments with exactly this mean and covariance."""
    return Moments(101, np.array(mean), 100 * np.array(covariance))


def correlated(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    return rng.normal(size=(n, dim)) @ rng.normal(size=(dim, dim)) + rng.normal(size=dim)


@pytest.mark.parametrize("dim", [2, 16, 64])
def test_it_agrees_with_scipys_square_root_of_the_product(dim: int) -> None:
    rng = np.random.default_rng(dim)
    x, y = correlated(rng, 500, dim), correlated(rng, 400, dim)
    assert frechet_distance(Moments.of(x), Moments.of(y)) == pytest.approx(textbook(x, y), rel=1e-9)


def test_in_one_dimension_it_is_the_squared_gaps_of_mean_and_deviation() -> None:
    # (5 - 1)^2 + (3 - 2)^2, deviations 2 and 3
    assert frechet_distance(gaussian([1.0], [[4.0]]), gaussian([5.0], [[9.0]])) == pytest.approx(17.0)


def test_for_diagonal_gaussians_it_is_the_sum_over_dimensions() -> None:
    a = gaussian([0.0, 1.0], [[1.0, 0.0], [0.0, 16.0]])
    b = gaussian([2.0, 1.0], [[9.0, 0.0], [0.0, 25.0]])
    # 2^2 + (3 - 1)^2 in the first, 0 + (5 - 4)^2 in the second
    assert frechet_distance(a, b) == pytest.approx(9.0)


def test_for_covariances_that_do_not_commute_it_is_the_value_worked_by_hand() -> None:
    a = gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 4.0]])
    b = gaussian([0.0, 0.0], [[2.0, 1.0], [1.0, 2.0]])
    # Tr (AB)^(1/2) of 2 x 2 is sqrt(Tr AB + 2 sqrt(det AB)) = sqrt(10 + 2 sqrt(12)); the traces are 5 and 4
    assert frechet_distance(a, b) == pytest.approx(9.0 - 2.0 * np.sqrt(10.0 + 2.0 * np.sqrt(12.0)))


def test_batches_add_up_to_the_whole_set() -> None:
    x = correlated(np.random.default_rng(0), 1000, 12) + 1e4
    streamed = Moments.streamed(np.split(x, [1, 30, 30, 512]), dim=12)
    assert streamed.count == 1000
    np.testing.assert_allclose(streamed.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(streamed.covariance, np.cov(x, rowvar=False), rtol=1e-9)


def test_the_order_of_a_merge_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    a, b = Moments.of(correlated(rng, 30, 4)), Moments.of(correlated(rng, 70, 4))
    np.testing.assert_allclose((a + b).mean, (b + a).mean, rtol=1e-12)
    np.testing.assert_allclose((a + b).scatter, (b + a).scatter, rtol=1e-12)


def test_float32_batches_are_summed_in_float64() -> None:
    x = (np.random.default_rng(2).normal(size=(4096, 3)) + 1000).astype(np.float32)
    streamed = Moments.streamed(np.split(x, 64), dim=3)
    np.testing.assert_allclose(streamed.covariance, np.cov(x.astype(np.float64), rowvar=False), rtol=1e-9)


@pytest.mark.parametrize("n", [5, 500])
def test_equal_sets_are_at_distance_zero(n: int) -> None:
    x = correlated(np.random.default_rng(3), n, 64)
    assert frechet_distance(Moments.of(x), Moments.of(x)) == pytest.approx(0.0, abs=1e-9 * np.trace(np.cov(x.T)))


def test_it_is_symmetric() -> None:
    rng = np.random.default_rng(4)
    a, b = Moments.of(correlated(rng, 20, 32)), Moments.of(correlated(rng, 200, 32))
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-12)


def test_sets_of_lower_rank_than_their_dimension_have_the_distance_inside_their_span() -> None:
    rng = np.random.default_rng(5)
    basis = np.linalg.qr(rng.normal(size=(64, 64)))[0][:6]
    x, y = correlated(rng, 300, 6), correlated(rng, 300, 6)
    inside = frechet_distance(Moments.of(x), Moments.of(y))
    assert frechet_distance(Moments.of(x @ basis), Moments.of(y @ basis)) == pytest.approx(inside, rel=1e-9)


def test_sets_that_share_no_direction_are_apart_by_both_their_variances() -> None:
    a = gaussian([0.0, 0.0], [[4.0, 0.0], [0.0, 0.0]])
    b = gaussian([0.0, 0.0], [[0.0, 0.0], [0.0, 9.0]])
    assert frechet_distance(a, b) == pytest.approx(13.0)


def test_a_collapsed_set_is_apart_by_the_mean_and_the_others_variance() -> None:
    rng = np.random.default_rng(6)
    x = correlated(rng, 200, 8)
    one = np.repeat(x[:1], 200, axis=0)
    apart = x[0] - x.mean(axis=0)
    expected = apart @ apart + np.trace(np.cov(x, rowvar=False))
    assert frechet_distance(Moments.of(one), Moments.of(x)) == pytest.approx(expected, rel=1e-9)


def test_one_sample_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="two samples"):
        frechet_distance(Moments.of(np.zeros((1, 3))), Moments.of(np.zeros((9, 3))))


def test_features_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="3 on one side, 4 on the other"):
        frechet_distance(Moments.of(np.zeros((9, 3))), Moments.of(np.zeros((9, 4))))


def test_a_feature_that_is_not_a_number_is_refused() -> None:
    features = np.zeros((9, 3))
    features[4, 1] = np.nan
    with pytest.raises(ValueError, match="1 of 9 samples"):
        Moments.of(features)
