"""The mathematics of averages that are put together: against areas worked by hand, and against plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.engine.averages.power_function import gamma_of_std
from ganstudio.engine.export.profiles import LARGEST_ERROR, StoredProfiles, inner_product, profile

SPREAD = [100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 1000]


def test_the_product_of_two_profiles_is_integrated_up_to_the_earlier_end() -> None:
    """2 tau / 0.5^2 up to 0.5 and 3 tau^2 up to 1: the integral of 24 tau^3 up to 0.5 is 6 / 16."""
    half, whole, one, two = map(np.float64, (0.5, 1.0, 1.0, 2.0))
    assert inner_product(half, one, whole, two) == pytest.approx(0.375)
    assert inner_product(whole, two, half, one) == pytest.approx(0.375)
    assert inner_product(whole, one, whole, one) == pytest.approx(4 / 3)


def test_a_profile_has_the_area_1_the_mean_and_the_std_that_name_it() -> None:
    tau = (np.arange(200_000) + 0.5) / 200_000
    weights = profile(tau, 0.8, gamma_of_std(0.1)) / len(tau)
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    mean = weights @ tau
    assert np.sqrt(weights @ (tau - mean) ** 2) == pytest.approx(0.8 * 0.1, rel=1e-3)


def test_of_two_constant_profiles_the_nearest_sum_is_the_one_worked_by_hand() -> None:
    """Constant 2 up to 1/2, constant 1 up to 1; wanted 2 tau. With c of the first and 1 - c of the second the sum is
    1 + c and then 1 - c; it is nearest where each half meets the mean of 2 tau there, 1/2 and 3/2, so c = -1/2. The
    mean square of what is left is 1/12, of 2 tau it is 4/3: a share of 1/16, whose root is 1/4.
    """
    stored = StoredProfiles(np.array([0.5, 1.0]), np.zeros(2))
    coefficients = stored.coefficients(1.0)
    assert coefficients == pytest.approx([-0.5, 1.5])
    assert stored.error(1.0, coefficients) == pytest.approx(0.25)


@pytest.mark.parametrize("std", [0.03, 0.075, 0.15])
def test_the_error_is_that_of_a_plain_sum_over_many_points(std: float) -> None:
    stored = StoredProfiles.of(SPREAD, (0.05, 0.1))
    gamma = gamma_of_std(std)
    coefficients = stored.coefficients(gamma)
    tau = (np.arange(100_000) + 0.5) / 100_000
    wanted, total = profile(tau, 1.0, gamma), np.zeros_like(tau)
    for coefficient, time, power in zip(coefficients, stored.times, stored.gammas, strict=True):
        total += coefficient * profile(tau, time, power)
    assert coefficients.sum() == pytest.approx(1)
    assert stored.error(gamma, coefficients) == pytest.approx(
        float(np.sqrt(np.mean((total - wanted) ** 2) / np.mean(wanted**2))), rel=1e-3
    )


def test_what_is_stored_itself_has_no_error_and_no_range_leaves_it_out() -> None:
    for nimgs in ([1000], [900, 1000], SPREAD):
        stored = StoredProfiles.of(nimgs, (0.05, 0.1))
        assert stored.error_of(0.05) < 1e-6
        assert stored.error_of(0.1) < 1e-6
        ranges = stored.legal_ranges()
        assert all(any(low <= std <= high for low, high in ranges) for std in (0.05, 0.1))
        for low, high in ranges:
            assert stored.error_of(low) <= LARGEST_ERROR < stored.error_of(low - 0.001)
            assert stored.error_of(high) <= LARGEST_ERROR < stored.error_of(high + 0.001)


@pytest.mark.parametrize("nimgs", [[999_936, 1_000_000], [1, 2, 5, 10, 1_000_000]])
def test_checkpoints_that_lie_close_or_far_apart_leave_the_sum_tame(nimgs: list[int]) -> None:
    """Large coefficients of both signs would add up the rounding of the stored weights."""
    stored = StoredProfiles.of(nimgs, (0.05, 0.05, 0.1))
    coefficients = stored.coefficients(gamma_of_std(0.1))
    assert stored.error(gamma_of_std(0.1), coefficients) < 1e-6
    assert np.abs(coefficients).sum() == pytest.approx(1, abs=1e-4)
